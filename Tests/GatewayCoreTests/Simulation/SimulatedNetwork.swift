import GatewayCore
import Glibc

/// The nodes and the links to them: delays, losses, partitions, refused and broken connections.
final class SimulatedNetwork {
  enum Direction: Hashable {
    case toNode
    case toGateway
  }

  /// A link that lets nothing through in one direction.
  private struct Cut: Hashable {
    let loop: ObjectIdentifier
    let node: Int
    let direction: Direction
  }

  let time: SimulatedTime
  private(set) var nodes: [SimulatedMemcached] = []
  /// One way, drawn for each piece of a stream.
  var shortestDelay = Duration.microseconds(20)
  var longestDelay = Duration.milliseconds(1)
  /// How often a piece to or from a node is lost and sent again by TCP, 200 ms and more later.
  var lossRates: [Int: Double] = [:]
  /// How often a node's reply is tampered with.
  var lieRates: [Int: Double] = [:]
  private var cuts: Set<Cut> = []
  /// What TCP goes on trying to send over links that are cut.
  private var held: [Cut: [() -> Void]] = [:]
  private var lastPort: UInt16 = 1024

  init(_ time: SimulatedTime) {
    self.time = time
  }

  func addNode(port: UInt16) -> NodeConfiguration {
    nodes.append(SimulatedMemcached(self, index: nodes.count))
    return NodeConfiguration(name: "node-\(nodes.count)", host: "127.0.0.1", port: port)
  }

  func connect(
    to address: SocketAddress, from loop: SimulatedLoop, handler: any SocketHandler
  ) -> SimulatedSocket {
    lastPort = lastPort == .max ? 1025 : lastPort + 1
    let node = nodes[Int(address.port) - 1]
    let socket = SimulatedSocket(self, node, loop, handler, localPort: lastPort)
    transmit(.toNode, loop, node) { [self] in time.after(delay(node)) { socket.arriveAtNode() } }
    return socket
  }

  func delay(_ node: SimulatedMemcached) -> Duration {
    let usual = time.jitter(shortestDelay, longestDelay)
    guard let lossRate = lossRates[node.index] else { return usual }
    return time.chance(lossRate)
      ? usual + time.jitter(.milliseconds(200), .milliseconds(500)) : usual
  }

  // MARK: Partitions

  func cut(_ loop: SimulatedLoop, from node: Int, _ directions: [Direction] = [.toNode, .toGateway]) {
    for direction in directions {
      cuts.insert(Cut(loop: ObjectIdentifier(loop), node: node, direction: direction))
    }
  }

  /// What was sent meanwhile arrives, in its order.
  func heal(_ loop: SimulatedLoop, from node: Int) {
    for direction in [Direction.toNode, .toGateway] {
      let cut = Cut(loop: ObjectIdentifier(loop), node: node, direction: direction)
      cuts.remove(cut)
      for piece in held.removeValue(forKey: cut) ?? [] { piece() }
    }
  }

  func healAll() {
    let all = held
    cuts = []
    held = [:]
    for cut in all.keys.sorted(by: { ($0.node, "\($0.direction)") < ($1.node, "\($1.direction)") }) {
      for piece in all[cut] ?? [] { piece() }
    }
  }

  /// Calls `send` now, or when the link is healed.
  func transmit(
    _ direction: Direction, _ loop: SimulatedLoop, _ node: SimulatedMemcached, _ send: @escaping () -> Void
  ) {
    let cut = Cut(loop: ObjectIdentifier(loop), node: node.index, direction: direction)
    if cuts.contains(cut) { held[cut, default: []].append(send) } else { send() }
  }
}

import GatewayCore
import HistoryChecker
import Logging

/// A simulated pool with gateways and clients, all from one seed.
final class World {
  let loop: SimulatedLoop
  let network = SimulatedNetwork()
  private(set) var gateways: [Coordinator] = []
  private(set) var history: [Operation] = []
  private let configurations: [NodeConfiguration]
  private let settings: ChainSettings
  private var lastValue = 0
  private var clientsAtWork = 0

  init(seed: UInt64, nodes: Int, gateways: Int, settings: ChainSettings = ChainSettings()) {
    loop = SimulatedLoop(seed: seed, network: network)
    self.settings = settings
    var configurations: [NodeConfiguration] = []
    for port in 1...nodes { configurations.append(network.addNode(port: UInt16(port))) }
    self.configurations = configurations
    for _ in 0..<gateways { self.gateways.append(startGateway()) }
  }

  var nodes: [SimulatedMemcached] { network.nodes }

  private func startGateway() -> Coordinator {
    var logger = Logger(label: "simulation")
    logger.logLevel = .critical
    let pool = NodePool(
      configurations, failoverLifetime: settings.failoverLifetime, now: loop.now, logger: logger)
    let clock = VersionClock(writer: UInt32(truncatingIfNeeded: loop.random()))
    let coordinator = Coordinator(pool: pool, settings: settings, clock: clock, loop: loop, logger: logger)
    loop.after(.zero) { coordinator.assumeIsolated { $0.start(probing: { _ in true }) } }
    return coordinator
  }

  func run(for duration: Duration) { loop.run(until: loop.now + duration) }

  /// Runs until every client has done its work; false when that takes longer than `limit`.
  func runClients(limit: Duration) -> Bool {
    let deadline = loop.now + limit
    while clientsAtWork > 0, loop.now < deadline { run(for: .milliseconds(100)) }
    return clientsAtWork == 0
  }

  func stop() {
    for gateway in gateways { gateway.assumeIsolated { $0.stop() } }
    run(for: .seconds(30))
  }

  // MARK: Clients

  /// Starts a client that makes `count` random operations on `keys` keys through a gateway.
  func startClient(_ client: Int, at gateway: Int, keys: Int, operations count: Int) {
    clientsAtWork += 1
    act(on: gateway) { world, coordinator in
      for _ in 0..<count {
        await world.loop.sleep(world.loop.jitter(.zero, .milliseconds(20)))
        await world.operate(client, key: world.loop.random(below: keys), on: coordinator)
      }
      world.clientsAtWork -= 1
    }
  }

  /// Runs `body` as a task on a gateway's loop.
  func act(
    on gateway: Int, _ body: @escaping (World, isolated Coordinator) async -> Void
  ) {
    // Everything runs on the simulated loop's one thread.
    nonisolated(unsafe) let world = self
    nonisolated(unsafe) let body = body
    let coordinator = gateways[gateway]
    loop.after(.zero) {
      coordinator.assumeIsolated { coordinator in
        _ = Task.immediate(executorPreference: coordinator.loop) { await body(world, coordinator) }
      }
    }
  }

  private func operate(_ client: Int, key: Int, on coordinator: isolated Coordinator) async {
    switch loop.random(below: 100) {
    case ..<50: await get(client, key: key, on: coordinator)
    case ..<85: await put(client, key: key, on: coordinator)
    default: await delete(client, key: key, on: coordinator)
    }
  }

  func get(_ client: Int, key: Int, on coordinator: isolated Coordinator) async {
    let index = begin(client, key, .get)
    switch await coordinator.get(Self.key(key)) {
    case .hit(let hit):
      finish(index, .found(Self.number(in: hit.record.body, key: key)), hit.record.version)
    case .miss: finish(index, .missing, nil)
    case .unreachable: finish(index, .unknown, nil)
    }
  }

  func put(_ client: Int, key: Int, on coordinator: isolated Coordinator) async {
    lastValue += 1
    let number = lastValue
    let index = begin(client, key, .put(number))
    let value = NewValue(
      body: Self.body(number, key: key, padding: loop.random(below: 300)), lifetime: .forever)
    let outcome = await coordinator.put(Self.key(key), value)
    finish(index, outcome.failure == nil ? .done : .unknown, outcome.failure == nil ? outcome.version : nil)
  }

  func delete(_ client: Int, key: Int, on coordinator: isolated Coordinator) async {
    let index = begin(client, key, .delete)
    let outcome = await coordinator.delete(Self.key(key))
    finish(index, outcome.failure == nil ? .done : .unknown, outcome.failure == nil ? outcome.version : nil)
  }

  private func begin(_ client: Int, _ key: Int, _ kind: Operation.Kind) -> Int {
    history.append(
      Operation(client: client, key: key, kind: kind, start: loop.now, end: .distantFuture, outcome: .unknown)
    )
    return history.count - 1
  }

  private func finish(_ index: Int, _ outcome: Operation.Outcome, _ version: Version?) {
    history[index].end = loop.now
    history[index].outcome = outcome
    history[index].version = version
  }

  // MARK: Keys and values

  static func key(_ number: Int) -> Key {
    guard let key = try? Key("key-\(number)") else { preconditionFailure("a valid key") }
    return key
  }

  /// Tells its key and its number, and ends in its length, so that damage shows.
  private static func body(_ number: Int, key: Int, padding: Int) -> Bytes {
    Bytes("\(key)/\(number)/\(String(repeating: "x", count: padding))/\(padding)".utf8)
  }

  /// nil when the body is none that was written to this key.
  private static func number(in body: Bytes, key: Int) -> Int? {
    let parts = String(decoding: body.buffer, as: UTF8.self).split(
      separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 4, Int(parts[0]) == key, Int(parts[3]) == parts[2].utf8.count else { return nil }
    return Int(parts[1])
  }
}

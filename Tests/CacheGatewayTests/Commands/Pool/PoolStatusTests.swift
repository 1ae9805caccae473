import GatewayCore
import Testing

@testable import CacheGateway

struct PoolStatusTests {
  private func node(_ number: Int) -> NodeStatus {
    var node = NodeStatus(
      name: "node-\(number)", address: Endpoint(host: "::1", port: 11211), weight: Double(number) / 8 + 1)
    (node.state, node.membership, node.timeInState) = (.returning, .leaving, .milliseconds(1234 + number))
    (node.timeUntilTrusted, node.lastFallReason) = (number % 2 == 0 ? nil : .milliseconds(number), "\"é\"")
    (node.flaps, node.missedWrites, node.flushOnReturn, node.processID) = (number, 7, true, number)
    var restore = TransferStatus(state: .running)
    (restore.source, restore.reason, restore.timeLeft) = ("b", "c", .milliseconds(number))
    (restore.keysDone, restore.keysToGo, restore.bytesDone, restore.bytesToGo) = (1, 2, 3, number)
    (restore.bytesPerSecond, restore.timeTaken) = (5, .seconds(6))
    node.restore = restore
    return node
  }

  private func read(_ json: String) throws -> PoolStatus { try PoolStatus(json: Bytes(json.utf8)) }

  @Test func `what a gateway tells is read as it was, for a thousand nodes too`() throws {
    let nodes = (0..<1000).map(node)
    let rebalance = TransferStatus(state: .interrupted)
    let json = nodes.map(\.json).joined(separator: ",")
    let pool = try read("{\"nodes\":[\(json)],\"rebalance\":\(rebalance.json)}\n")
    #expect(pool.nodes == nodes)
    #expect(pool.rebalance == rebalance)
    #expect(pool["node-999"] == nodes[999])
    #expect(pool["node-1000"] == nil)
  }

  @Test func `what a node answered cannot steer the terminal`() throws {
    var node = node(1)
    node.lastFallReason = "\u{1B}[2J\r\n\u{9B}é"
    let pool = try read("{\"nodes\":[\(node.json)]}")
    #expect(pool.nodes[0].lastFallReason == "\u{FFFD}[2J\u{FFFD}\u{FFFD}\u{FFFD}é")
  }

  @Test func `members that a later gateway adds do not matter`() throws {
    let pool = try read("{\"nodes\":[],\"more\":{\"nodes\":5}}")
    #expect(pool == PoolStatus())
  }

  @Test(arguments: [
    "", "[]", "{}", "{\"nodes\":{}}", "{\"nodes\":[5]}", "{\"nodes\":[{}]}",
    "{\"nodes\":[],\"rebalance\":[]}",
    "{\"nodes\":[],\"rebalance\":{\"state\":\"lost\"}}", "{\"nodes\":[null]}",
  ])
  func `anything else is refused`(json: String) {
    #expect {
      try read(json)
    } throws: { error in
      guard case .misunderstood? = error as? AdminError else { return false }
      return true
    }
  }

  @Test(arguments: [
    ("\"weight\":1.0", "\"weight\":\"1\""), ("\"flaps\":0", "\"flaps\":0.5"),
    ("\"flaps\":0", "\"flaps\":1e99"),
    ("\"state\":\"up\"", "\"state\":\"asleep\""), ("a:1", "a"),
    ("\"secondsInState\":0", "\"secondsInState\":1e99"),
    ("\"trusted\"", "\"missedWrites\""), ("\"flushOnReturn\":false", "\"flushOnReturn\":0"),
  ])
  func `a member that is not as it should be is refused`(right: String, wrong: String) throws {
    let node = NodeStatus(name: "a", address: Endpoint(host: "a", port: 1)).json
    #expect(try read("{\"nodes\":[\(node)]}").nodes.count == 1)
    let spoilt = node.replacing(right, with: wrong)
    #expect(spoilt != node)
    #expect(throws: AdminError.self) { try read("{\"nodes\":[\(spoilt)]}") }
  }
}

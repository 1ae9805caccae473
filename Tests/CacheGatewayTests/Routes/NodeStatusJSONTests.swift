import Foundation
import GatewayCore
import Testing

@testable import CacheGateway

struct NodeStatusJSONTests {
  private func answer(_ change: (inout NodeStatus) -> Void) throws -> NodeAnswer {
    var status = NodeStatus(name: "a", address: Endpoint(host: "::1", port: 11211), weight: 0.001)
    change(&status)
    return try JSONDecoder().decode(NodeAnswer.self, from: Data(status.json.utf8))
  }

  @Test func `a node that never fell`() throws {
    let expected = NodeAnswer(
      name: "a", address: "[::1]:11211", weight: 0.001, state: "up", membership: "member",
      secondsInState: 0, trusted: true,
      secondsUntilTrusted: 0, lastFallReason: nil, flaps: 0, missedWrites: 0, flushOnReturn: false,
      processId: nil, restore: nil)
    #expect(try answer { _ in } == expected)
  }

  @Test func `a node that is returning`() throws {
    let expected = NodeAnswer(
      name: "a", address: "[::1]:11211", weight: 0.001, state: "returning", membership: "draining",
      secondsInState: 12.345,
      trusted: false, secondsUntilTrusted: nil, lastFallReason: "it \"broke\"\n\\", flaps: 3,
      missedWrites: 17, flushOnReturn: true, processId: 4711,
      restore: nil)
    let returning = try answer {
      ($0.state, $0.timeInState, $0.timeUntilTrusted) = (.returning, .microseconds(12_345_678), nil)
      ($0.lastFallReason, $0.flaps, $0.missedWrites) = ("it \"broke\"\n\\", 3, 17)
      ($0.flushOnReturn, $0.processID, $0.membership) = (true, 4711, .draining)
    }
    #expect(returning == expected)
  }

  @Test func `a node that is not trusted yet`() throws {
    let untrusted = try answer { $0.timeUntilTrusted = .milliseconds(9001) }
    #expect(!untrusted.trusted)
    #expect(untrusted.secondsUntilTrusted == 9.001)
  }

  @Test func `what is being restored is told with the node`() throws {
    let node = try answer {
      var restore = TransferStatus(state: .interrupted)
      (restore.source, restore.reason) = ("b", "\"b\" is down")
      (restore.keysDone, restore.keysToGo, restore.bytesDone, restore.bytesToGo) = (1, 2, 3, 4)
      (restore.bytesPerSecond, restore.timeLeft, restore.timeTaken) = (5, .seconds(6), .milliseconds(7))
      $0.restore = restore
    }
    let expected = TransferAnswer(
      state: "interrupted", source: "b", keysDone: 1, keysToGo: 2, bytesDone: 3, bytesToGo: 4,
      bytesPerSecond: 5, secondsLeft: 6, secondsTaken: 0.007, reason: "\"b\" is down")
    #expect(node.restore == expected)
  }

  @Test func `what is not known of a transfer is null`() throws {
    let json = TransferStatus(state: .waiting).json
    let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
    #expect(object?.count == 10)
    for name in ["source", "secondsLeft", "reason"] { #expect(object?[name] is NSNull) }
    #expect(object?["state"] as? String == "waiting")
  }

  @Test func `every member is always there`() throws {
    let status = NodeStatus(name: "a", address: Endpoint(host: "a", port: 1))
    let object = try JSONSerialization.jsonObject(with: Data(status.json.utf8)) as? [String: Any]
    #expect(object?.count == 14)
    #expect(object?["restore"] is NSNull)
  }
}

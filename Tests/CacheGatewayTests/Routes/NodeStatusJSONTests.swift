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
      name: "a", address: "[::1]:11211", weight: 0.001, state: "up", secondsInState: 0, trusted: true,
      secondsUntilTrusted: 0, lastFallReason: nil, flaps: 0, missedWrites: 0, flushOnReturn: false,
      processId: nil)
    #expect(try answer { _ in } == expected)
  }

  @Test func `a node that is returning`() throws {
    let expected = NodeAnswer(
      name: "a", address: "[::1]:11211", weight: 0.001, state: "returning", secondsInState: 12.345,
      trusted: false, secondsUntilTrusted: nil, lastFallReason: "it \"broke\"\n\\", flaps: 3,
      missedWrites: 17, flushOnReturn: true, processId: 4711)
    let returning = try answer {
      ($0.state, $0.timeInState, $0.timeUntilTrusted) = (.returning, .microseconds(12_345_678), nil)
      ($0.lastFallReason, $0.flaps, $0.missedWrites) = ("it \"broke\"\n\\", 3, 17)
      ($0.flushOnReturn, $0.processID) = (true, 4711)
    }
    #expect(returning == expected)
  }

  @Test func `a node that is not trusted yet`() throws {
    let untrusted = try answer { $0.timeUntilTrusted = .milliseconds(9001) }
    #expect(!untrusted.trusted)
    #expect(untrusted.secondsUntilTrusted == 9.001)
  }

  @Test func `every member is always there`() throws {
    let status = NodeStatus(name: "a", address: Endpoint(host: "a", port: 1))
    let object = try JSONSerialization.jsonObject(with: Data(status.json.utf8)) as? [String: Any]
    #expect(object?.count == 12)
  }
}

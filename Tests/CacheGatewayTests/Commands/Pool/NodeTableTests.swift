import GatewayCore
import Testing

@testable import CacheGateway

struct NodeTableTests {
  private func node(_ name: String, _ change: (inout NodeStatus) -> Void = { _ in }) -> NodeStatus {
    var node = NodeStatus(name: name, address: Endpoint(host: "10.0.0.1", port: 11211), weight: 2.5)
    node.timeInState = .seconds(90)
    change(&node)
    return node
  }

  @Test func `columns are as wide as their widest cell, figures to the right`() {
    let lines = NodeTable.lines([node("a"), node("long-name") { $0.missedWrites = 1234 }])
    #expect(
      lines == [
        "NODE       ADDRESS         STATE  FOR         MEMBERSHIP  WEIGHT  MISSED WRITES",
        "a          10.0.0.1:11211  up     1 min 30 s  member         2.5              0",
        "long-name  10.0.0.1:11211  up     1 min 30 s  member         2.5          1,234",
      ])
  }

  @Test func `what else matters stands at the end of the line`() {
    let lines = NodeTable.lines([
      node("a") {
        ($0.state, $0.timeUntilTrusted, $0.lastFallReason) = (.down, nil, "3 timeouts in a row")
        $0.flushOnReturn = true
      },
      node("b") { ($0.timeUntilTrusted, $0.lastFallReason) = (.milliseconds(8750), "it fell") },
      node("c") { $0.membership = .draining },
    ])
    #expect(lines[1].hasSuffix("0  3 timeouts in a row; is flushed on its return"))
    #expect(lines[2].hasSuffix("0  trusted in 8.7 s"))
    #expect(lines[3].contains("  draining  "))
  }

  @Test func `below the nodes stands what is on its way`() {
    var pool = PoolStatus()
    pool.nodes = [
      node("a") { $0.restore = TransferStatus(state: .waiting) },
      node("b") { $0.restore = TransferStatus(state: .done) }, node("c"),
    ]
    #expect(PoolScreen.lines(pool, width: 80).dropFirst(4) == ["", "restore a  waiting"])
    pool.rebalance = TransferStatus(state: .running)
    let lines = PoolScreen.lines(pool, width: 80)
    #expect(lines.count == 7)
    #expect(lines[6].hasPrefix("rebalance  ["))
    pool.nodes = [node("a")]
    pool.rebalance?.state = .done
    #expect(PoolScreen.lines(pool, width: 80) == NodeTable.lines(pool.nodes))
  }

  @Test func `a screen has no more lines and columns than there are`() {
    let screen = Terminal.screen(["abcdef", "b", "c"], columns: 3, rows: 3)
    #expect(screen == "\u{1B}[Habc\u{1B}[K\nb\u{1B}[K\n\u{1B}[J")
  }
}

import GatewayCore
import Testing

@testable import CacheGateway

struct PoolGoalTests {
  private func pool(
    _ membership: NodeStatus.Membership = .member, restore: TransferStatus.State? = nil,
    rebalance: TransferStatus.State? = nil
  ) -> PoolStatus {
    var node = NodeStatus(name: "a", address: Endpoint(host: "a", port: 1))
    (node.membership, node.restore) = (membership, restore.map { transfer($0) })
    var pool = PoolStatus()
    (pool.nodes, pool.rebalance) = ([node], rebalance.map { transfer($0) })
    return pool
  }

  private func transfer(_ state: TransferStatus.State) -> TransferStatus {
    var transfer = TransferStatus(state: state)
    (transfer.keysDone, transfer.bytesDone, transfer.timeTaken) = (3, 2048, .seconds(2))
    return transfer
  }

  private static let figures = "3 keys, 2.0 KiB in 2.0 s (1.0 KiB/s)"

  private func isUnderWay(_ goal: PoolGoal, _ pool: PoolStatus, _ start: String) -> Bool {
    guard case .underWay(let line) = goal.verdict(pool, width: 80) else { return false }
    return line.hasPrefix(start)
  }

  private func isMissed(_ goal: PoolGoal, _ pool: PoolStatus) -> Bool {
    guard case .missed = goal.verdict(pool, width: 80) else { return false }
    return true
  }

  @Test func `keys have moved when the rebalance is done, or none is needed`() {
    let goal = PoolGoal.settled("a")
    for state in [TransferStatus.State.waiting, .running, .interrupted] {
      #expect(isUnderWay(goal, pool(rebalance: state), "rebalance  "))
    }
    let done = goal.verdict(pool(rebalance: .done), width: 80)
    #expect(done == .reached("the keys stand where they belong: \(Self.figures)"))
    #expect(goal.verdict(pool(), width: 80) == .reached("the keys stand where they belong"))
    #expect(
      goal.verdict(pool(restore: .done, rebalance: .done), width: 80)
        == .reached("the keys stand where they belong: \(Self.figures); a was given \(Self.figures)"))
  }

  @Test func `a node is drained when it says so`() {
    let goal = PoolGoal.drained("a")
    #expect(isUnderWay(goal, pool(.draining, rebalance: .running), "drain a  ["))
    #expect(isUnderWay(goal, pool(.draining), "drain a"))
    #expect(
      goal.verdict(pool(.drained, rebalance: .done), width: 80) == .reached("a is drained: \(Self.figures)"))
    for membership in [NodeStatus.Membership.member, .leaving] { #expect(isMissed(goal, pool(membership))) }
  }

  @Test func `a node is gone when it is listed no more`() {
    let goal = PoolGoal.gone("a")
    #expect(isUnderWay(goal, pool(.leaving, rebalance: .running), "drain a  ["))
    #expect(goal.verdict(PoolStatus(), width: 80) == .reached("a is gone"))
    for membership in [NodeStatus.Membership.member, .draining, .drained] {
      #expect(isMissed(goal, pool(membership)))
    }
  }

  @Test func `a node is restored when its restore is done`() {
    let goal = PoolGoal.restored("a")
    #expect(isUnderWay(goal, pool(), "restore a  not begun"))
    #expect(isUnderWay(goal, pool(restore: .waiting), "restore a  waiting"))
    #expect(isUnderWay(goal, pool(restore: .interrupted), "restore a  ["))
    #expect(goal.verdict(pool(restore: .done), width: 80) == .reached("a is restored: \(Self.figures)"))
  }

  @Test func `nobody waits for a node that has vanished`() {
    for goal in [PoolGoal.settled("b"), .drained("b"), .restored("b")] { #expect(isMissed(goal, pool())) }
  }
}

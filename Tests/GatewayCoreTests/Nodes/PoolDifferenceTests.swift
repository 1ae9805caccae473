import Testing

@testable import GatewayCore

struct PoolDifferenceTests {
  private func present(
    _ name: String, weight: Double = 1, _ membership: NodeStatus.Membership = .member
  ) -> NodeStatus {
    var node = NodeStatus(name: name, address: Endpoint(host: name, port: 11211), weight: weight)
    node.membership = membership
    return node
  }

  private func wanted(
    _ name: String, at host: String? = nil, port: UInt16 = 11211, weight: Double = 1
  ) -> NodeConfiguration {
    NodeConfiguration(name: name, host: host ?? name, port: port, weight: weight)
  }

  @Test func `a pool that is as it should be is left alone, whatever the order`() {
    let difference = PoolDifference(
      from: [present("a"), present("b", weight: 2)], to: [wanted("b", weight: 2), wanted("a")])
    #expect(difference.isEmpty)
  }

  @Test func `nodes come and go`() {
    let difference = PoolDifference(
      from: [present("a"), present("b"), present("c")], to: [wanted("e"), wanted("b"), wanted("d")])
    #expect(difference.added == [wanted("e"), wanted("d")])
    #expect(difference.removed == ["a", "c"])
    #expect(difference.reweighted.isEmpty)
    #expect(difference.moved.isEmpty)
    #expect(!difference.isEmpty)
  }

  @Test func `a node keeps its name at another weight or address`() {
    let changes = [
      wanted("a", weight: 2), wanted("b", at: "x"), wanted("c", port: 1, weight: 3), wanted("d"),
    ]
    let difference = PoolDifference(from: ["a", "b", "c", "d"].map { present($0) }, to: changes)
    #expect(difference.reweighted == [changes[0], changes[2]])
    #expect(difference.moved == [changes[1], changes[2]])
    #expect(difference.added.isEmpty)
    #expect(difference.removed.isEmpty)
  }

  @Test func `a node that was leaving stays when it is wanted, and just goes when it is not`() {
    let pool = [present("a"), present("b", .leaving)]
    #expect(PoolDifference(from: pool, to: [wanted("a")]).isEmpty)
    #expect(PoolDifference(from: pool, to: [wanted("a"), wanted("b")]).reweighted == [wanted("b")])
  }

  @Test(arguments: [NodeStatus.Membership.draining, .drained])
  func `a node that an operator drains stays so`(membership: NodeStatus.Membership) {
    let pool = [present("a"), present("b", membership)]
    #expect(PoolDifference(from: pool, to: [wanted("a"), wanted("b")]).isEmpty)
    #expect(PoolDifference(from: pool, to: [wanted("a")]).removed == ["b"])
  }
}

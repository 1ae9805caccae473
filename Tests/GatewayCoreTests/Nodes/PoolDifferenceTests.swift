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

  private func change(
    _ nodes: [NodeStatus], _ wanted: [NodeConfiguration], replicas: (Int, Int) = (2, 2)
  ) -> PoolChange {
    PoolChange(from: nodes, to: wanted, replicas: replicas.0, wantedReplicas: replicas.1)
  }

  @Test func `a pool that is as it should be is left alone, whatever the order`() {
    let difference = change(
      [present("a"), present("b", weight: 2)], [wanted("b", weight: 2), wanted("a")])
    #expect(difference.isEmpty)
  }

  @Test func `nodes come and go`() {
    let difference = change(
      [present("a"), present("b"), present("c")], [wanted("e"), wanted("b"), wanted("d")])
    #expect(difference.added == [wanted("e"), wanted("d")])
    #expect(difference.removed == ["a", "c"])
    #expect(difference.weights.isEmpty)
    #expect(difference.addresses.isEmpty)
    #expect(!difference.isEmpty)
  }

  @Test func `a node keeps its name at another weight or address`() {
    let changes = [
      wanted("a", weight: 2), wanted("b", at: "x"), wanted("c", port: 1, weight: 3), wanted("d"),
    ]
    let difference = change(["a", "b", "c", "d"].map { present($0) }, changes)
    #expect(difference.weights == ["a": 2, "c": 3])
    #expect(
      difference.addresses == ["b": Endpoint(host: "x", port: 11211), "c": Endpoint(host: "c", port: 1)])
    #expect(difference.added.isEmpty)
    #expect(difference.removed.isEmpty)
  }

  @Test func `another number of replicas is a change`() {
    #expect(change([present("a")], [wanted("a")], replicas: (2, 3)).replicas == 3)
    #expect(change([present("a")], [wanted("a")]).replicas == nil)
  }

  @Test func `a node that was leaving stays when it is wanted, and just goes when it is not`() {
    let pool = [present("a"), present("b", .leaving)]
    #expect(change(pool, [wanted("a")]).isEmpty)
    #expect(change(pool, [wanted("a"), wanted("b")]).weights == ["b": 1])
  }

  @Test(arguments: [NodeStatus.Membership.draining, .drained])
  func `a node that an operator drains stays so`(membership: NodeStatus.Membership) {
    let pool = [present("a"), present("b", membership)]
    #expect(change(pool, [wanted("a"), wanted("b")]).isEmpty)
    #expect(change(pool, [wanted("a")]).removed == ["b"])
  }
}

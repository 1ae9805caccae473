import Testing

@testable import GatewayCore

struct PoolChangeRulesTests {
  private func node(_ name: String, _ membership: NodeStatus.Membership = .member) -> NodeStatus {
    var status = NodeStatus(name: name, address: Endpoint(host: name, port: 11211))
    status.membership = membership
    return status
  }

  private func added(_ name: String, at host: String, port: UInt16 = 11211) -> NodeConfiguration {
    NodeConfiguration(name: name, host: host, port: port)
  }

  @Test func `a node with a name and an address of its own may be added`() throws {
    let rules = PoolChangeRules(nodes: [node("a"), node("b", .leaving)])
    try rules.checkAddition(of: added("c", at: "c"))
    try rules.checkAddition(of: added("c", at: "a", port: 11212))
  }

  @Test func `a name and an address belong to one node, also while it is leaving`() {
    let rules = PoolChangeRules(nodes: [node("a"), node("b", .leaving)])
    for name in ["a", "b"] {
      #expect(throws: PoolChangeError.nameTaken(name)) { try rules.checkAddition(of: added(name, at: "c")) }
      let taken = PoolChangeError.addressTaken(Endpoint(host: name, port: 11211), by: name)
      #expect(throws: taken) { try rules.checkAddition(of: added("c", at: name)) }
    }
  }

  @Test func `a pool has so many nodes at most`() throws {
    let most = PoolChangeRules.mostNodes
    let nodes = (0..<most).map { node("\($0)") }
    try PoolChangeRules(nodes: nodes.dropLast()).checkAddition(of: added("a", at: "a"))
    #expect(throws: PoolChangeError.tooManyNodes(limit: most)) {
      try PoolChangeRules(nodes: nodes).checkAddition(of: added("a", at: "a"))
    }
  }

  @Test func `what is not there can be neither changed nor removed`() throws {
    let rules = PoolChangeRules(nodes: [node("a"), node("b")])
    try rules.checkExistence(of: "b")
    #expect(throws: PoolChangeError.unknownNode("c")) { try rules.checkExistence(of: "c") }
    #expect(throws: PoolChangeError.unknownNode("A")) { try rules.checkRemoval(of: "A") }
  }

  @Test func `a node may go as long as another takes its keys`() throws {
    let rules = PoolChangeRules(nodes: [node("a"), node("b"), node("c", .drained)])
    for name in ["a", "b", "c"] { try rules.checkRemoval(of: name) }
  }

  @Test(arguments: [NodeStatus.Membership.draining, .drained, .leaving])
  func `the last member stays, whoever is on the way out`(membership: NodeStatus.Membership) throws {
    let rules = PoolChangeRules(nodes: [node("a"), node("b", membership)])
    #expect(throws: PoolChangeError.lastNode("a")) { try rules.checkRemoval(of: "a") }
    try rules.checkRemoval(of: "b")
    #expect(throws: PoolChangeError.lastNode("a")) {
      try PoolChangeRules(nodes: [node("a")]).checkRemoval(of: "a")
    }
  }
}

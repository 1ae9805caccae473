import Testing

@testable import GatewayCore

/// Rules C1 and C2: down nodes are stepped over and keep their slots.
struct PlacementTests {
  private static let chain = [4, 2, 0, 3, 1]

  private func everyone(_ node: Int) -> Bool { true }

  private func walk(_ chain: [Int] = Self.chain, replicas: Int) -> PlacementWalk {
    PlacementWalk(nodes: chain, replicas: replicas)
  }

  @Test func `begins with the natural placement when all are up`() {
    var walk = self.walk(replicas: 2)
    #expect(
      walk.next(2, where: everyone) == [
        Link(position: 0, node: 4, isNatural: true), Link(position: 1, node: 2, isNatural: true),
      ])
  }

  @Test func `steps over down nodes, which keep their positions`() {
    var walk = self.walk(replicas: 2)
    #expect(
      walk.next(2) { $0 != 2 && $0 != 0 } == [
        Link(position: 0, node: 4, isNatural: true), Link(position: 3, node: 3, isNatural: false),
      ])
  }

  @Test func `goes on after the last link it gave`() {
    var walk = self.walk(replicas: 2)
    _ = walk.next(2, where: everyone)
    #expect(walk.next(1, where: everyone).map(\.node) == [0])
    #expect(walk.next(1, where: everyone).map(\.node) == [3])
    #expect(walk.next(5, where: everyone).map(\.node) == [1])
    #expect(walk.next(1, where: everyone).isEmpty)
  }

  @Test func `a node that comes up after it was passed is not gone back to`() {
    var walk = self.walk(replicas: 2)
    #expect(walk.next(1) { $0 != 4 }.map(\.node) == [2])
    #expect(walk.next(5, where: everyone).map(\.node) == [0, 3, 1])
  }

  @Test func `gives fewer links at the chain's end, and none of an empty chain`() {
    var walk = self.walk(replicas: 3)
    #expect(walk.next(9, where: everyone).count == 5)
    var down = self.walk(replicas: 3)
    #expect(down.next(3) { _ in false }.isEmpty)
    var empty = self.walk([], replicas: 2)
    #expect(empty.next(2, where: everyone).isEmpty)
  }

  @Test func `asking for none does not move`() {
    var walk = self.walk(replicas: 2)
    #expect(walk.next(0) { _ in false }.isEmpty)
    #expect(walk.next(1, where: everyone).map(\.position) == [0])
  }

  @Test(arguments: 1...6) func `natural are the first n links whatever their state`(replicas: Int) {
    for down in Self.chain {
      var walk = self.walk(replicas: replicas)
      for link in walk.next(5, where: { $0 != down }) {
        #expect(link.isNatural == (link.position < replicas))
        #expect(Self.chain[link.position] == link.node)
      }
    }
  }

  @Test func `any number of links may be asked for: there are as many as were not passed`() {
    var walk = self.walk(replicas: 2)
    _ = walk.next(2, where: everyone)
    #expect(walk.next(.max) { $0 != 3 }.map(\.node) == [0, 1])
    #expect(walk.next(.max, where: everyone).isEmpty)
  }
}

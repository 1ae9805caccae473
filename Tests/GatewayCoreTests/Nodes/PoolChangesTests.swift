import Logging
import Testing

@testable import GatewayCore

/// Changes of the pool while it serves.
struct PoolChangesTests {
  private let start = Instant.seconds(1000)
  private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
  private let keys = (0..<200).map { try? Key("key-\($0)") }.compactMap { $0 }

  private func pool(_ names: [String], replicas: Int = 2) -> NodePool {
    let nodes = names.enumerated().map { node($1, UInt16(100 + $0)) }
    return NodePool(nodes, replicas: replicas, failoverLifetime: .seconds(600), now: start, logger: logger)
  }

  private func node(_ name: String, _ port: UInt16, weight: Double = 1) -> NodeConfiguration {
    NodeConfiguration(name: name, host: "127.0.0.1", port: port, weight: weight)
  }

  private func change(_ pool: NodePool, _ edit: (inout PoolChange) -> Void) throws(PoolChangeError) {
    var change = PoolChange()
    edit(&change)
    try pool.change(change, now: start)
  }

  /// The nodes that a key is read from and written to, by name, and how many copies are to stand.
  private func placement(_ pool: NodePool, _ key: Key) -> (nodes: [String], wanted: Int) {
    var chain = pool.layout.chain(key.hash)
    let (replicas, wanted) = (chain.replicas, chain.wanted)
    return (chain.next(replicas) { _ in true }.map { name(pool, $0.node) }, wanted)
  }

  private func wholeChain(_ pool: NodePool, _ key: Key) -> [String] {
    var chain = pool.layout.chain(key.hash)
    return chain.next(.max) { _ in true }.map { name(pool, $0.node) }
  }

  private func name(_ pool: NodePool, _ index: Int) -> String {
    pool.nodes.first { $0.index == index }?.name ?? "?"
  }

  private func expected(_ names: [String], _ key: Key) -> [String] {
    ChainOrder(names.map { ChainOrder.Node(name: $0) }).chain(forKeyHash: key.hash).map { names[$0] }
  }

  @Test func `a weight that a node has already moves nothing`() throws {
    let pool = pool(["a", "b", "c"])
    try change(pool) { $0.weights = ["a": 1] }
    #expect(pool.layout.stage == .settled && pool.layout.generation == 0)
    try change(pool) { $0.weights = ["a": 1, "b": 2] }
    #expect(pool.layout.stage == .moving)
    #expect(throws: PoolChangeError.unknownNode("x")) { try change(pool) { $0.weights = ["x": 1] } }
  }

  @Test func `a node that is added has its keys at once, and they are at their former places, too`() throws {
    let pool = pool(["a", "b", "c"])
    try change(pool) { $0.added = [node("d", 200)] }
    for key in keys {
      let new = expected(["a", "b", "c", "d"], key).prefix(2)
      let former = expected(["a", "b", "c"], key).prefix(2)
      let (nodes, wanted) = placement(pool, key)
      #expect(Array(nodes.prefix(2)) == Array(new))
      #expect(Set(nodes) == Set(new).union(former) && nodes.count == Set(nodes).count)
      #expect(wanted == 2)
      #expect(Set(wholeChain(pool, key)) == ["a", "b", "c", "d"])
    }
  }

  @Test func `a node that is added is emptied before it serves`() throws {
    let pool = pool(["a"])
    try change(pool) { $0.added = [node("b", 200)] }
    #expect(pool.nodes[1].missed.next() == .everything)
    #expect(!pool.nodes[1].isUp)
    #expect(pool.nodes[0].isUp)
  }

  @Test func `keys of a node that is drained are read from it until they have moved`() throws {
    let pool = pool(["a", "b", "c"])
    try change(pool) { $0.drained = ["b"] }
    #expect(pool.nodes[1].membership == .draining)
    for key in keys {
      let new = Array(expected(["a", "c"], key))
      let former = expected(["a", "b", "c"], key).prefix(2)
      #expect(Set(placement(pool, key).nodes) == Set(new).union(former))
      #expect(Array(wholeChain(pool, key).prefix(2)) == new)
      #expect(wholeChain(pool, key).count == 3)
    }
  }

  @Test func `once everything was copied, keys are written to their new places only, and looked for at all`()
    throws
  {
    let pool = pool(["a", "b", "c"])
    try change(pool) { $0.drained = ["b"] }
    #expect(pool.beginClearing(after: pool.layout.generation))
    #expect(pool.reachIsOpen(now: start + .seconds(100_000)))
    for key in keys {
      #expect(placement(pool, key).nodes == Array(expected(["a", "c"], key)))
      #expect(wholeChain(pool, key).last == "b")
    }
    #expect(pool.settle(after: pool.layout.generation, now: start + .seconds(1)))
    #expect(pool.nodes[1].membership == .drained)
    #expect(pool.reachIsOpen(now: start + .seconds(600)))
    #expect(!pool.reachIsOpen(now: start + .seconds(602)))
  }

  @Test func `a node that is removed is forgotten once its keys have moved`() throws {
    let pool = pool(["a", "b", "c"])
    let node = pool.nodes[1]
    try change(pool) { $0.removed = ["b"] }
    #expect(node.membership == .leaving && !node.isGone)
    _ = pool.beginClearing(after: pool.layout.generation)
    _ = pool.settle(after: pool.layout.generation, now: start)
    #expect(node.isGone && !node.isUp)
    #expect(pool.nodes.map(\.name) == ["a", "c"])
    for key in keys { #expect(wholeChain(pool, key) == expected(["a", "c"], key)) }
  }

  @Test func `a node that is down or drained is gone at once when it is removed`() throws {
    let pool = pool(["a", "b", "c", "d"])
    pool.markDown(pool.nodes[1], reason: "test", now: start)
    pool.nodes[3].membership = .drained
    try change(pool) { $0.removed = ["b", "d"] }
    #expect(pool.nodes.map(\.name) == ["a", "c"])
  }

  @Test func `indices are never given twice`() throws {
    let pool = pool(["a", "b"])
    pool.markDown(pool.nodes[1], reason: "test", now: start)
    try change(pool) { $0.removed = ["b"] }
    try change(pool) { $0.added = [node("c", 300)] }
    #expect(pool.nodes.map(\.index) == [0, 2])
  }

  @Test func `a weight moves keys to and from that node only`() throws {
    let pool = pool(["a", "b", "c"])
    try change(pool) { $0.weights = ["b": 3] }
    #expect(pool.nodes[1].configuration.weight == 3)
    var moved = 0
    for key in keys {
      let former = Set(expected(["a", "b", "c"], key).prefix(2))
      let new = placement(pool, key).nodes.prefix(2)
      if Set(new) != former {
        moved += 1
        #expect(new.contains("b") && !former.contains("b"))
      }
    }
    #expect(moved > 0)
  }

  @Test func `another number of replicas is another placement of the same nodes`() throws {
    let pool = pool(["a", "b", "c"], replicas: 1)
    try change(pool) { $0.replicas = 2 }
    for key in keys {
      #expect(placement(pool, key).nodes == Array(expected(["a", "b", "c"], key).prefix(2)))
      #expect(placement(pool, key).wanted == 2)
    }
    try change(pool) { $0.replicas = 1 }
    for key in keys {
      #expect(placement(pool, key).nodes == Array(expected(["a", "b", "c"], key).prefix(2)))
      #expect(placement(pool, key).wanted == 1)
    }
  }

  @Test func `several changes at once are one, and those that follow keep all former places`() throws {
    let pool = pool(["a", "b", "c"])
    try change(pool) {
      $0.added = [node("d", 200), node("e", 201)]
      $0.removed = ["a"]
    }
    try change(pool) { $0.drained = ["b"] }
    for key in keys {
      let first = expected(["a", "b", "c"], key).prefix(2)
      let second = expected(["b", "c", "d", "e"], key).prefix(2)
      let last = expected(["c", "d", "e"], key).prefix(2)
      #expect(Set(placement(pool, key).nodes) == Set(first).union(second).union(last))
    }
  }

  @Test func `a drained node that takes keys again is emptied before`() throws {
    let pool = pool(["a", "b"])
    try change(pool) { $0.drained = ["b"] }
    _ = pool.beginClearing(after: pool.layout.generation)
    _ = pool.settle(after: pool.layout.generation, now: start)
    try change(pool) { $0.weights = ["b": 2] }
    #expect(pool.nodes[1].membership == .member)
    #expect(!pool.nodes[1].isUp)
    #expect(pool.nodes[1].missed.next() == .everything)
  }

  @Test func `a node at another address is emptied before it serves`() throws {
    let pool = pool(["a", "b"])
    try change(pool) { $0.addresses = ["b": Endpoint(host: "127.0.0.2", port: 7)] }
    #expect(pool.nodes[1].address?.port == 7)
    #expect(pool.nodes[1].missed.next() == .everything)
    #expect(!pool.nodes[1].isUp)
  }

  @Test(arguments: [
    (
      PoolChange { $0.added = [NodeConfiguration(name: "a", host: "h", port: 1)] },
      PoolChangeError.nameTaken("a")
    ),
    (
      PoolChange { $0.added = [NodeConfiguration(name: "x", host: "127.0.0.1", port: 100)] },
      .addressTaken(Endpoint(host: "127.0.0.1", port: 100), by: "a")
    ),
    (
      PoolChange {
        $0.added = ["x", "x"].enumerated().map { NodeConfiguration(name: $1, host: "h", port: UInt16($0)) }
      }, .nameTaken("x")
    ),
    (PoolChange { $0.removed = ["x"] }, .unknownNode("x")),
    (PoolChange { $0.drained = ["x"] }, .unknownNode("x")),
    (PoolChange { $0.weights = ["x": 1] }, .unknownNode("x")),
    (PoolChange { $0.removed = ["a", "b"] }, .lastNode("a")),
    (PoolChange { $0.drained = ["a", "b"] }, .lastNode("a")),
  ])
  func `what is not possible changes nothing`(_ change: PoolChange, _ error: PoolChangeError) {
    let pool = pool(["a", "b"])
    #expect(throws: error) { try pool.change(change, now: start) }
    #expect(pool.nodes.map(\.name) == ["a", "b"])
    #expect(pool.nodes.allSatisfy { $0.membership == .member && $0.isUp })
    #expect(pool.layout.generation == 0)
  }

  @Test func `the last node that takes keys stays, whatever else is drained`() throws {
    let pool = pool(["a", "b"])
    try change(pool) { $0.drained = ["b"] }
    #expect(throws: PoolChangeError.lastNode("a")) { try change(pool) { $0.removed = ["a"] } }
    try change(pool) {
      $0.removed = ["a"]
      $0.weights = ["b": 1]
    }
    #expect(pool.nodes.map(\.membership) == [.leaving, .member])
  }

  @Test func `keys are moving after so many changes at most`() throws {
    let pool = pool(["a", "b", "c"])
    for weight in 1...Layout.mostFormer { try change(pool) { $0.weights = ["b": Double(weight) / 10] } }
    #expect(throws: PoolChangeError.tooManyChanges(limit: Layout.mostFormer)) {
      try change(pool) { $0.weights = ["b": 2] }
    }
  }
}

extension PoolChange {
  fileprivate init(_ edit: (inout PoolChange) -> Void) {
    self.init()
    edit(&self)
  }
}

/// Workers that hear of changes late.
struct LateCoordinatorTests {
  private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  @Test func `a worker that heard of neither a node's coming nor its going finds later ones at their places`()
    throws
  {
    let loop = FakeEventLoop()
    let first = NodeConfiguration(name: "a", host: "127.0.0.1", port: 1)
    let pool = NodePool([first], failoverLifetime: .seconds(600), now: loop.now, logger: logger)
    let coordinator = Coordinator(
      pool: pool, settings: ChainSettings(), clock: VersionClock(writer: 1), loop: loop, logger: logger)
    for (name, port) in [("b", 2), ("c", 3)] as [(String, UInt16)] {
      var change = PoolChange()
      change.added = [NodeConfiguration(name: name, host: "127.0.0.1", port: port)]
      try pool.change(change, now: loop.now)
      if name == "b" {
        var removal = PoolChange()
        removal.removed = ["b"]
        try pool.change(removal, now: loop.now)
      }
    }
    let links = coordinator.assumeIsolated { coordinator in
      coordinator.start(probing: { _ in false })
      return coordinator.links.map(\.node.name)
    }
    #expect(links == ["a", "", "c"])
  }
}

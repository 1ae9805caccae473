import Testing

@testable import GatewayCore

/// Rule C1. The vectors are in ChainOrderVectors.swift.
struct ChainOrderTests {
  private func chain(_ nodes: [(name: String, weight: Double)], _ keyHash: UInt64) -> [String] {
    let order = ChainOrder(nodes.map { ChainOrder.Node(name: $0.name, weight: $0.weight) })
    return order.chain(forKeyHash: keyHash).map { nodes[$0].name }
  }

  private func nodes(_ count: Int) -> [(name: String, weight: Double)] {
    (0..<count).map { ("10.0.0.\($0):11211", 1) }
  }

  private func keyHash(_ number: Int) -> UInt64 { XXHash64.hash(Array("key-\(number)".utf8)) }

  @Test(arguments: ChainOrderVector.all)
  func `agrees with the published vectors`(_ vector: ChainOrderVector) throws {
    let key = try Key(vector.key)
    #expect(chain(vector.nodes, key.hash) == vector.chain)
  }

  @Test(arguments: ChainOrderVector.all)
  func `does not depend on the order in which nodes are listed`(_ vector: ChainOrderVector) throws {
    var generator = SeededGenerator(seed: 1)
    let key = try Key(vector.key)
    for _ in 0..<20 {
      #expect(chain(vector.nodes.shuffled(using: &generator), key.hash) == vector.chain)
    }
  }

  @Test(arguments: ChainOrderVector.all)
  func `a node that is removed leaves the others in their order`(_ vector: ChainOrderVector) throws {
    let key = try Key(vector.key)
    for removed in vector.nodes.map(\.name) {
      let rest = vector.nodes.filter { $0.name != removed }
      #expect(chain(rest, key.hash) == vector.chain.filter { $0 != removed })
    }
  }

  @Test func `equal weights order like no weights, whatever they are`() {
    for weight in [0.001, 0.3, 7, 1000] {
      // One node of another weight makes the others be compared by weighted scores.
      let weighted = nodes(8).map { (name: $0.name, weight: weight) } + [(name: "other", weight: weight / 2)]
      for number in 0..<500 {
        let uniform = chain(nodes(8), keyHash(number))
        #expect(chain(weighted, keyHash(number)).filter { $0 != "other" } == uniform)
      }
    }
  }

  @Test func `another weight for a node moves only that node`() {
    let light = nodes(7)
    let heavy = light.map { (name: $0.name, weight: $0.name == light[3].name ? 5.0 : 1.0) }
    for number in 0..<1000 {
      let before = chain(light, keyHash(number))
      let after = chain(heavy, keyHash(number))
      #expect(before.filter { $0 != light[3].name } == after.filter { $0 != light[3].name })
      #expect(after.firstIndex(of: light[3].name) ?? 9 <= before.firstIndex(of: light[3].name) ?? 0)
    }
  }

  /// Pearson's chi-square of how often each node is at `position`, per degree of freedom: near 1 when all
  /// differences are chance.
  private func chiSquare(_ count: Int, keys: Int, position: Int) -> Double {
    let order = ChainOrder(nodes(count).map { ChainOrder.Node(name: $0.name) })
    var found = Array(repeating: 0.0, count: count)
    for number in 0..<keys { found[order.chain(forKeyHash: keyHash(number))[position]] += 1 }
    let expected = Double(keys) / Double(count)
    return found.reduce(0) { $0 + ($1 - expected) * ($1 - expected) / expected } / Double(count - 1)
  }

  @Test(arguments: [0, 1, 9]) func `10 nodes are at each link equally often`(position: Int) {
    #expect(chiSquare(10, keys: 50_000, position: position) < 2.5)
  }

  @Test(arguments: [0, 1]) func `100 nodes are at each link equally often`(position: Int) {
    #expect(chiSquare(100, keys: 50_000, position: position) < 1.5)
  }

  @Test func `10 nodes have the same share of keys within three percent`() {
    let order = ChainOrder(nodes(10).map { ChainOrder.Node(name: $0.name) })
    var found = Array(repeating: 0, count: 10)
    for number in 0..<100_000 { found[order.chain(forKeyHash: keyHash(number))[0]] += 1 }
    for count in found { #expect((9_700...10_300).contains(count)) }
  }

  @Test func `a node's share of keys is its share of the weights`() {
    let weights = [0.5, 1, 1.5, 3, 4]
    let order = ChainOrder(
      weights.enumerated().map { ChainOrder.Node(name: "n\($0.offset)", weight: $0.element) })
    var found = Array(repeating: 0.0, count: weights.count)
    for number in 0..<100_000 { found[order.chain(forKeyHash: keyHash(number))[0]] += 1 }
    for (count, weight) in zip(found, weights) {
      let share = weight / 10
      #expect(abs(count / 100_000 - share) < 0.005)
    }
  }

  @Test func `every node is in every chain once`() {
    let order = ChainOrder(nodes(17).map { ChainOrder.Node(name: $0.name) })
    for number in 0..<1000 {
      #expect(order.chain(forKeyHash: keyHash(number)).sorted() == Array(0..<17))
    }
  }

  @Test(arguments: 1...4) func `the first links are those of the whole chain`(count: Int) {
    let uniform = nodes(9).map { ChainOrder.Node(name: $0.name) }
    let weighted = uniform.enumerated().map { ChainOrder.Node(name: $1.name, weight: Double($0 % 3) + 0.5) }
    for order in [uniform, weighted, Array(uniform.prefix(count))].map({ ChainOrder($0) }) {
      for number in 0..<1000 {
        let first = order.first(count, forKeyHash: keyHash(number))
        #expect(
          (0..<count).map { first[$0] } == Array(order.chain(forKeyHash: keyHash(number)).prefix(count)))
      }
    }
  }

  @Test func `the ends of the hash's range are the ends of the chain`() {
    let heavy = [(name: "a", weight: 1.0), (name: "b", weight: 2.0)]
    for nodes in [heavy, heavy.map { (name: $0.name, weight: 1.0) }] {
      let best = Self.unmix(.max) ^ XXHash64.hash(Array("a".utf8))
      #expect(chain(nodes, best) == ["a", "b"])
      let worst = Self.unmix(0) ^ XXHash64.hash(Array("a".utf8))
      #expect(chain(nodes, worst) == ["b", "a"])
    }
  }

  /// What MurmurHash3's finalizer turns into `hash`.
  private static func unmix(_ hash: UInt64) -> UInt64 {
    var value = hash
    value ^= value >> 33
    value = value &* inverse(0xC4CE_B9FE_1A85_EC53)
    value ^= value >> 33
    value = value &* inverse(0xFF51_AFD7_ED55_8CCD)
    return value ^ value >> 33
  }

  /// Of an odd number modulo 2^64, by Newton's iteration: the number of right bits doubles each time.
  private static func inverse(_ number: UInt64) -> UInt64 {
    (0..<6).reduce(number) { guess, _ in guess &* (2 &- number &* guess) }
  }
}

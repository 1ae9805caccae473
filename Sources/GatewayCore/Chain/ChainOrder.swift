import Glibc

/// The order in which a key asks the nodes (rule C1): weighted rendezvous hashing (Thaler and Ravishankar
/// 1996; weights after Schindelhauer and Schomaker 2005). It depends on names, weights and the key alone.
///
/// For another program to compute it:
///
///     k = XXH64(key, seed 0)                 the key's bytes as the client names it, percent-decoded
///     h = mix(k XOR XXH64(name, seed 0))     the node's name in UTF-8
///     u = ((h >> 12) + 0.5) / 2^52           between 0 and 1, neither included
///     score = weight / -ln(u)
///
/// where `mix` is the finalizer of MurmurHash3 (below). The highest score is link 1; equal scores go by
/// name, the lower one first. Test vectors: Tests/GatewayCoreTests/Chain/ChainOrderTests.swift.
public struct ChainOrder: Sendable {
  public struct Node: Sendable {
    public let name: String
    public let weight: Double

    public init(name: String, weight: Double = 1) {
      self.name = name
      self.weight = weight
    }
  }

  struct Score: Comparable {
    let value: Double
    /// Rank of the node's name.
    let rank: Int
    let node: Int

    /// Best first.
    static func < (left: Score, right: Score) -> Bool {
      left.value == right.value ? left.rank < right.rank : left.value > right.value
    }
  }

  /// What of a node goes into its score.
  private struct Entry {
    let nameHash: UInt64
    let weight: Double
    /// What a chain calls it.
    let index: Int
    /// Among the names.
    var rank = 0
  }

  private let entries: [Entry]
  /// With equal weights the logarithm changes nothing and is left out.
  private let isUniform: Bool

  /// Names must differ and weights be above zero. `indices`: what the chains are to call the nodes; nil: by their
  /// place in `nodes`.
  public init(_ nodes: [Node], indices: [Int]? = nil) {
    var entries = nodes.enumerated().map { place, node in
      Entry(
        nameHash: XXHash64.hash(Array(node.name.utf8)), weight: node.weight, index: indices?[place] ?? place)
    }
    isUniform = Set(nodes.map(\.weight)).count <= 1
    let byName = nodes.indices.sorted {
      Array(nodes[$0].name.utf8).lexicographicallyPrecedes(Array(nodes[$1].name.utf8))
    }
    for (rank, node) in byName.enumerated() { entries[node].rank = rank }
    self.entries = entries
  }

  public var count: Int { entries.count }

  /// The nodes' indices, link 1 first.
  public func chain(forKeyHash keyHash: UInt64) -> [Int] {
    scores(keyHash).map(\.node)
  }

  /// The same, with the scores.
  func scores(_ keyHash: UInt64) -> ContiguousArray<Score> {
    var scores = ContiguousArray<Score>()
    scores.reserveCapacity(entries.count)
    for node in entries.indices { scores.append(score(node, keyHash)) }
    scores.sort()
    return scores
  }

  /// The first `count` links, at most four and at most all: what almost every request gets by with, without
  /// sorting the rest.
  package func first(_ count: Int, forKeyHash keyHash: UInt64) -> InlineArray<4, Int> {
    var best = InlineArray<4, Score>(repeating: Score(value: -.infinity, rank: .max, node: 0))
    for node in entries.indices {
      var candidate = score(node, keyHash)
      for position in 0..<count where candidate < best[position] { swap(&candidate, &best[position]) }
    }
    return InlineArray { best[$0].node }
  }

  private func score(_ node: Int, _ keyHash: UInt64) -> Score {
    let entry = entries[node]
    let hash = Self.mix(keyHash ^ entry.nameHash)
    let unit = (Double(hash >> 12) + 0.5) * 0x1p-52
    return Score(value: isUniform ? unit : entry.weight / -log(unit), rank: entry.rank, node: entry.index)
  }

  /// MurmurHash3's 64-bit finalizer: every bit of the input changes every bit of the output.
  private static func mix(_ value: UInt64) -> UInt64 {
    var hash = value
    hash ^= hash >> 33
    hash = hash &* 0xFF51_AFD7_ED55_8CCD
    hash ^= hash >> 33
    hash = hash &* 0xC4CE_B9FE_1A85_EC53
    return hash ^ hash >> 33
  }
}

import CLinux
import Synchronization

/// One item in one node's memory: memcached gives every item that it stores a CAS number of its own, until its
/// process ends.
struct KnownItem: Equatable, Sendable {
  /// Of the node and its process, see `NodeLink.era`; 0: of none.
  var era: UInt64 = 0
  var cas: UInt64 = 0
}

/// What the nodes are known to hold without being asked: under a key, which items are copies of which version.
/// Shared by the workers of a gateway.
///
/// Only ever a hint. Under the same CAS number a node holds the same item, so
///
/// - a read needs the body from one link only, where the others tell the CAS numbers that are known here;
/// - a write need not ask first, but replaces by compare-and-swap exactly the items that are known.
///
/// Where the numbers differ, the nodes are asked as if nothing was known. So no other gateway has to be told of
/// anything, and it does no harm that two keys may have the same hash.
final class KnownCopies: Sendable {
  /// Of a placement with more links nothing is noted.
  static let mostLinks = 3
  /// Keys for each gateway, 72 bytes each: 19 MB once they are all in use, for the hot part of a cache.
  private static let capacity = 1 << 18
  /// Workers seldom meet at one of so many locks.
  private static let partCount = 1 << 6

  struct Entry: Sendable {
    fileprivate let keyHash: UInt64
    let version: Version
    /// By the links' places in the placement.
    var items = InlineArray<3, KnownItem>(repeating: KnownItem())

    init(_ key: Key, _ version: Version) {
      keyHash = key.hash
      self.version = version
    }

    fileprivate static let none = Entry(keyHash: 0, version: .plain)

    private init(keyHash: UInt64, version: Version) {
      self.keyHash = keyHash
      self.version = version
    }

    /// The number of the copy at a link, if it is from this era of it. A node that runs without such numbers gives every
    /// item 0.
    func cas(_ slot: Int, era: UInt64) -> UInt64? {
      guard slot < KnownCopies.mostLinks else { return nil }
      let item = items[slot]
      return item.era == era && era != 0 && item.cas != 0 ? item.cas : nil
    }
  }

  /// Entries that share a place, the one noted last first: the last one makes room. With two of them, one in fifteen of
  /// the keys of a table that is two fifths full would be displaced at any time; with four it is one in sixty.
  private struct Place {
    static let ways = 4

    private var entries = InlineArray<4, Entry>(repeating: .none)

    subscript(keyHash: UInt64) -> Entry? {
      for way in 0..<Self.ways where entries[way].keyHash == keyHash { return entries[way] }
      return nil
    }

    mutating func note(_ entry: Entry) {
      var way = 0
      while way < Self.ways - 1, entries[way].keyHash != entry.keyHash { way += 1 }
      while way > 0 {
        entries[way] = entries[way - 1]
        way -= 1
      }
      entries[0] = entry
    }

    mutating func forget(_ keyHash: UInt64) {
      for way in 0..<Self.ways where entries[way].keyHash == keyHash { entries[way] = .none }
    }
  }

  /// Without room until something is noted.
  private final class Part: Sendable {
    let places = Mutex<[Place]>([])
  }

  private let parts: [Part]
  /// A power of two.
  private let placesPerPart: Int

  /// `partCount`, `placesPerPart`: powers of two.
  init(partCount: Int = partCount, placesPerPart: Int = capacity / partCount / Place.ways) {
    parts = (0..<partCount).map { _ in Part() }
    self.placesPerPart = placesPerPart
  }

  /// nil: nothing is known.
  func find(_ key: Key) -> Entry? {
    part(key.hash).places.withLock { places in
      places.isEmpty ? nil : places[place(key.hash)][key.hash]
    }
  }

  /// Has the processor fetch what `find` will look at, which seldom is in its caches: several hundred cycles, in which
  /// it can do something else.
  func prefetch(_ keyHash: UInt64) {
    part(keyHash).places.withLock { places in
      if places.isEmpty { return }
      let index = place(keyHash)
      places.withUnsafeBufferPointer { places in
        clinux_prefetch(places.baseAddress.map { $0 + index }, MemoryLayout<Place>.size)
      }
    }
  }

  func note(_ entry: Entry) {
    part(entry.keyHash).places.withLock { places in
      if places.isEmpty { places = Array(repeating: Place(), count: placesPerPart) }
      places[place(entry.keyHash)].note(entry)
    }
  }

  func forget(_ key: Key) {
    part(key.hash).places.withLock { places in
      if !places.isEmpty { places[place(key.hash)].forget(key.hash) }
    }
  }

  private func part(_ keyHash: UInt64) -> Part {
    parts[Int(truncatingIfNeeded: keyHash) & (parts.count - 1)]
  }

  /// By other bits than the part.
  private func place(_ keyHash: UInt64) -> Int {
    Int(truncatingIfNeeded: keyHash >> 32) & (placesPerPart - 1)
  }
}

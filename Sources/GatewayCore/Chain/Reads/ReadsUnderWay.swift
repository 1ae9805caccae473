/// One worker's reads under way, by key; and those that are not in use, for the next ones.
///
/// A table of its own, because it is looked up twice for every read: the key's hash is known already, and an
/// entry needs no memory but the read itself. A secret seed keeps clients from choosing keys that fall into one
/// place.
struct ReadsUnderWay {
  /// 2^10: about as many reads as a worker has under way at a time.
  private static let bucketCount = 1024
  /// Kept for use. Above that, a read under way costs an allocation.
  private static let mostSpare = 1024

  private var buckets: [DirectRead?] = Array(repeating: nil, count: bucketCount)
  private var spare: [DirectRead] = []

  private let seed: UInt64

  init(seed: UInt64) {
    self.seed = seed
  }

  /// The top 10 bits after a multiplication that carries every bit up (Knuth, volume 3, section 6.4).
  func bucket(_ key: Key) -> Int {
    Int(truncatingIfNeeded: ((key.hash ^ seed) &* 0x9E37_79B9_7F4A_7C15) >> 54)
  }

  func find(_ key: Key) -> DirectRead? {
    var candidate = buckets[bucket(key)]
    while let read = candidate {
      if read.key == key { return read }
      candidate = read.next
    }
    return nil
  }

  /// Begins a read of a key that is not being read.
  mutating func begin(
    _ key: Key, for receiver: any GetReceiver, at now: Instant, flushCount: UInt64,
    on coordinator: Coordinator
  ) -> DirectRead {
    let read = spare.popLast() ?? DirectRead(key, on: coordinator)
    read.begin(key, for: receiver, at: now, flushCount: flushCount)
    let place = bucket(key)
    read.next = buckets[place]
    buckets[place] = read
    return read
  }

  /// Takes out a read that has finished.
  mutating func end(_ read: DirectRead) {
    let place = bucket(read.key)
    if buckets[place] === read {
      buckets[place] = read.next
    } else {
      var before = buckets[place]
      while let candidate = before, candidate.next !== read { before = candidate.next }
      before?.next = read.next
    }
    read.next = nil
    recycle(read)
  }

  /// Keeps a read for use once nothing can call it any more.
  mutating func recycle(_ read: DirectRead) {
    guard read.isIdle else { return }
    read.rest()
    if spare.count < Self.mostSpare { spare.append(read) }
  }
}

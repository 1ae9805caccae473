/// One worker's reads under way, by key; and those that are not in use, for the next ones.
///
/// A table of its own, because it is looked up twice for every read: the key's hash is known already, and an
/// entry needs no memory but the read itself. A secret seed keeps clients from choosing keys that fall into one
/// place. It counts references by hand: one to each read that it holds, in a bucket or as a spare, so that a
/// read's way through it costs no counting.
struct ReadsUnderWay: ~Copyable {
  /// 2^10: about as many reads as a worker has under way at a time.
  private static let bucketCount = 1024
  /// Kept for use. Above that, a read under way costs an allocation.
  private static let mostSpare = 1024

  private var buckets: [Unmanaged<DirectRead>?] = Array(repeating: nil, count: bucketCount)
  private var spare: [Unmanaged<DirectRead>] = []

  private let seed: UInt64

  init(seed: UInt64) {
    self.seed = seed
  }

  deinit {
    for read in spare { read.release() }
    visitAll { Unmanaged.passUnretained($0).release() }
  }

  /// The top 10 bits after a multiplication that carries every bit up (Knuth, volume 3, section 6.4).
  func bucket(_ key: Key) -> Int {
    Int(truncatingIfNeeded: ((key.hash ^ seed) &* 0x9E37_79B9_7F4A_7C15) >> 54)
  }

  func find(_ key: Key) -> DirectRead? {
    var candidate = buckets[bucket(key)]
    while let read = candidate {
      if read._withUnsafeGuaranteedRef({ $0.key == key }) { return read.takeUnretainedValue() }
      candidate = read._withUnsafeGuaranteedRef { $0.next }
    }
    return nil
  }

  /// All that have begun and not ended. `body` may let go of them, but neither begin nor end one.
  func visitAll(_ body: (DirectRead) -> Void) {
    for first in buckets {
      var candidate = first
      while let read = candidate {
        candidate = read._withUnsafeGuaranteedRef { $0.next }
        body(read.takeUnretainedValue())
      }
    }
  }

  /// Begins a read of a key that is not being read.
  mutating func begin(
    _ key: Key, for receiver: any GetReceiver, at now: Instant, flushCount: UInt64,
    on coordinator: Coordinator
  ) -> DirectRead {
    let read = spare.popLast() ?? Unmanaged.passRetained(DirectRead(key, on: coordinator))
    let place = bucket(key)
    read._withUnsafeGuaranteedRef {
      $0.begin(key, for: receiver, at: now, flushCount: flushCount)
      $0.next = buckets[place]
    }
    buckets[place] = read
    return read.takeUnretainedValue()
  }

  /// Takes out a read that has finished.
  mutating func end(_ read: DirectRead) {
    let ended = Unmanaged.passUnretained(read)
    let place = bucket(read.key)
    if buckets[place]?.toOpaque() == ended.toOpaque() {
      buckets[place] = read.next
    } else {
      unlink(ended, place)
    }
    read.next = nil
    keep(ended)
  }

  private func unlink(_ read: Unmanaged<DirectRead>, _ place: Int) {
    let next = read._withUnsafeGuaranteedRef { $0.next }
    var before = buckets[place]
    while let candidate = before {
      before = candidate._withUnsafeGuaranteedRef { $0.next }
      if before?.toOpaque() == read.toOpaque() { candidate._withUnsafeGuaranteedRef { $0.next = next } }
    }
  }

  /// Keeps a read for use that ended while links had still to answer, which they have now.
  mutating func recycle(_ read: DirectRead) { keep(Unmanaged.passRetained(read)) }

  /// Takes over one reference.
  private mutating func keep(_ read: Unmanaged<DirectRead>) {
    let isOfUse = read._withUnsafeGuaranteedRef { read in
      guard read.isIdle, spare.count < Self.mostSpare else { return false }
      read.rest()
      return true
    }
    if isOfUse { spare.append(read) } else { read.release() }
  }
}

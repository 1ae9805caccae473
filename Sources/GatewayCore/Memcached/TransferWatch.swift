/// Whether much goes over a connection just now. Then a reply that is late waits behind long values: its node is busy, but
/// does not hang.
struct TransferWatch {
  /// So many bytes within `span`, in either direction: 1.6 MB/s. A node that only trickles does not come to that.
  private static let much = 16 * 1024
  private static let span = Duration.milliseconds(10)

  private var start = Instant(nanoseconds: 0)
  private var count = 0
  private var last: Instant?

  mutating func transferred(_ bytes: Int, at now: Instant) {
    if now - start > Self.span {
      start = now
      count = 0
    }
    count += bytes
    if count >= Self.much { last = now }
  }

  func isTransferring(at now: Instant) -> Bool { last.map { now - $0 <= Self.span } ?? false }
}

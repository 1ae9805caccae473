/// What the client flags of a lock's item say: in the top 8 bits the length of its lease, below them a token of
/// 24 bits that tells it from other locks.
struct LockMark: Hashable {
  private static let unit = Duration.milliseconds(50)

  /// 12.75 s.
  static let longestLease = unit * 255

  let clientFlags: UInt32

  init(clientFlags: UInt32) {
    self.clientFlags = clientFlags
  }

  /// `token`: its lower 24 bits count. `lease`: `longestLease` at most.
  init(token: UInt32, lease: Duration) {
    let units = (lease.inNanoseconds + Self.unit.inNanoseconds - 1) / Self.unit.inNanoseconds
    clientFlags = UInt32(clamping: min(units, 255)) << 24 | token & 0xFF_FFFF
  }

  /// Rounded up, so that nobody takes it to be shorter than its holder does.
  var lease: Duration { Self.unit * Int(clientFlags >> 24) }
}

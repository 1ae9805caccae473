import Synchronization

/// A hybrid logical clock (Kulkarni and others, "Logical Physical Clocks", 2014; rule C7): follows the wall
/// clock, never goes back, and never falls behind a version that it has seen. Physical and logical part share
/// one 64-bit number of nanoseconds; a tie counts one nanosecond up.
///
/// A version from a clock that is ahead moves this one ahead for good, not only to that version: it goes on
/// at the pace of the wall clock from there. So the clocks of gateways that share nodes agree to within the
/// time that a value takes from one to the other, however wrong their wall clocks are.
///
/// One for each gateway, shared by its workers, so that versions follow real time across them also when the
/// wall clock steps back: atomic maxima, written to by writes and by versions from ahead only.
public final class VersionClock: Sendable {
  public let writer: UInt32
  private let latest = Atomic<UInt64>(0)
  /// By how many nanoseconds the wall clock is known to be behind another gateway's.
  private let lead = Atomic<UInt64>(0)

  /// `writer` should differ between gateways: 32 random bits.
  public init(writer: UInt32) {
    self.writer = writer
  }

  /// A version above every one this clock has given or seen.
  public func next(at wallClock: WallTime) -> Version {
    let physical = wallClock.nanoseconds &+ lead.load(ordering: .relaxed)
    var seen = latest.load(ordering: .relaxed)
    while true {
      let time = max(physical, seen &+ 1)
      let (exchanged, original) = latest.compareExchange(
        expected: seen, desired: time, ordering: .acquiringAndReleasing)
      if exchanged { return Version(time: time, writer: writer) }
      seen = original
    }
  }

  /// What `next` would give, without using it up.
  public func current(at wallClock: WallTime) -> Version {
    let physical = wallClock.nanoseconds &+ lead.load(ordering: .relaxed)
    return Version(time: max(physical, latest.load(ordering: .relaxed) &+ 1), writer: writer)
  }

  /// Takes note of a version that another gateway wrote, also of one that the wall clock is past: it may step
  /// back.
  public func observe(_ version: Version, at wallClock: WallTime) {
    if version.time > latest.load(ordering: .relaxed) {
      latest.max(version.time, ordering: .acquiringAndReleasing)
    }
    let physical = wallClock.nanoseconds &+ lead.load(ordering: .relaxed)
    guard version.time > physical else { return }
    lead.max(version.time &- wallClock.nanoseconds, ordering: .relaxed)
  }
}

import Synchronization

/// The version of a write (rule C7): later is greater. Unique: no writer uses a time twice.
public struct Version: Comparable, Hashable, Sendable {
  /// Of a hybrid logical clock: nanoseconds since 1970, or more where the clock has seen a later version.
  public let time: UInt64
  /// Tells writers apart that wrote at the same time.
  public let writer: UInt32

  public init(time: UInt64, writer: UInt32) {
    self.time = time
    self.writer = writer
  }

  /// Below every version a gateway writes: an item of another memcached client (rule C12).
  public static let plain = Version(time: 0, writer: 0)

  public static func < (left: Version, right: Version) -> Bool {
    left.time == right.time ? left.writer < right.writer : left.time < right.time
  }
}

extension Version: CustomStringConvertible {
  /// 16 and 8 hexadecimal digits: the ETag without its quotes.
  public var description: String {
    String(
      decoding: Self.hexadecimal(time, 16) + [UInt8(ascii: "-")] + Self.hexadecimal(UInt64(writer), 8),
      as: UTF8.self)
  }

  private static func hexadecimal(_ number: UInt64, _ digits: Int) -> [UInt8] {
    (0..<digits).map { position in
      let digit = UInt8(truncatingIfNeeded: number >> (4 * UInt64(digits - 1 - position)) & 15)
      return digit < 10 ? 48 + digit : 87 + digit
    }
  }
}

/// A hybrid logical clock (Kulkarni and others, "Logical Physical Clocks", 2014): follows the wall clock,
/// never goes back, and never falls behind a version that it has seen. Physical and logical part share one
/// 64-bit number of nanoseconds; a tie counts one nanosecond up.
///
/// One for each gateway, shared by its workers, so that versions follow real time across them also when the
/// wall clock steps back: an atomic maximum, touched by writes only.
public final class VersionClock: Sendable {
  public let writer: UInt32
  private let latest = Atomic<UInt64>(0)

  /// `writer` should differ between gateways: 32 random bits.
  public init(writer: UInt32) {
    self.writer = writer
  }

  /// A version above every one this clock has given or seen.
  public func next(at wallClock: WallTime) -> Version {
    var seen = latest.load(ordering: .relaxed)
    while true {
      let time = max(wallClock.nanoseconds, seen &+ 1)
      let (exchanged, original) = latest.compareExchange(
        expected: seen, desired: time, ordering: .acquiringAndReleasing)
      if exchanged { return Version(time: time, writer: writer) }
      seen = original
    }
  }

  /// Takes note of a version that another gateway wrote.
  public func observe(_ version: Version) {
    if version.time > latest.load(ordering: .relaxed) {
      latest.max(version.time, ordering: .acquiringAndReleasing)
    }
  }
}

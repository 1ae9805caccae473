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

  /// Directly above: of a write by `writer` that takes the place of exactly this one.
  func successor(by writer: UInt32) -> Version { Version(time: time &+ 1, writer: writer) }

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

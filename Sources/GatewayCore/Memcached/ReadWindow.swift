/// How many values a node is asked for ahead of its replies: as many as come to a number of bytes, going by the values that
/// it sent last.
///
/// A node sends what it is asked for as fast as the system takes it, which is some megabytes. Long values that are
/// asked for all at once wait there, and are in no processor's cache any more by the time they are received, which makes
/// copying them dearer (`Benchmarks/run --case get-1m-1-replica`).
///
/// It goes by the geometric mean of the lengths. So one long value among a dozen short ones, which are in no need of it,
/// does not have them wait.
struct ReadWindow {
  /// In bytes: four values of 100 KiB, one of 1 MiB. On a way of 8 Gbit/s that is half a millisecond.
  static let standardSize = 512 * 1024
  /// Of the mean that one more value makes up: one eighth, as a shift.
  private static let share = 3
  /// Of the mean's fraction.
  private static let fractionBits = 8

  private let size: Int
  /// Values that were asked for and have not been replied to.
  private var outstanding = 0
  /// Binary digits of the length in bytes, on average of the values that came last; of a miss, none.
  private var meanWidth = 0

  /// `size`: above 0.
  init(size: Int = standardSize) {
    self.size = size
  }

  /// Never while nothing is outstanding.
  var isFull: Bool {
    outstanding << ((meanWidth + 1 << (Self.fractionBits - 1)) >> Self.fractionBits) >= size
  }

  mutating func asked() { outstanding += 1 }

  /// `length`: of the value, in bytes.
  mutating func answered(length: Int) {
    outstanding -= 1
    let width = (Int.bitWidth - length.leadingZeroBitCount) << Self.fractionBits
    meanWidth += (width - meanWidth) >> Self.share
  }
}

extension UInt64 {
  /// How many digits it has as a decimal number, without leading zeros.
  @inlinable public var decimalDigitCount: Int {
    var digits = 1
    var rest = self / 10
    while rest > 0 {
      digits += 1
      rest /= 10
    }
    return digits
  }
}

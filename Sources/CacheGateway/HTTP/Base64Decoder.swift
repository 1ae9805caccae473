/// Base64 as clients send it: in the usual alphabet or the one for URLs (RFC 4648 sections 4 and 5), with
/// padding or without.
enum Base64Decoder {
  /// nil when it is neither: another symbol, a length that no bytes have, padding that does not fit, or bits
  /// at the end that stand for no byte and are not zero (section 3.5).
  static func decode(_ text: some BidirectionalCollection<UInt8>) -> [UInt8]? {
    let symbols = text.dropLast(text.reversed().prefix { $0 == UInt8(ascii: "=") }.count)
    let padding = text.count - symbols.count
    guard symbols.count % 4 != 1, padding == 0 || padding == -symbols.count & 3 else { return nil }
    var decoded: [UInt8] = []
    decoded.reserveCapacity(symbols.count * 3 / 4)
    var bits: UInt16 = 0
    var count = 0
    for symbol in symbols {
      guard let value = value(symbol) else { return nil }
      bits = bits << 6 | value
      count += 6
      guard count >= 8 else { continue }
      count -= 8
      decoded.append(UInt8(truncatingIfNeeded: bits >> count))
      bits &= 1 << count - 1
    }
    return bits == 0 ? decoded : nil
  }

  private static func value(_ symbol: UInt8) -> UInt16? {
    switch symbol {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt16(symbol) - 65
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt16(symbol) - 71
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(symbol) + 4
    case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
    case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
    default: nil
    }
  }
}

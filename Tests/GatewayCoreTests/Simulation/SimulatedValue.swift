import GatewayCore

/// Values that tell their key and number, and end in their length, so that damage shows.
enum SimulatedValue {
  static func body(_ number: Int, key: Int, padding: Int) -> Bytes {
    Bytes("\(key)/\(number)/\(String(repeating: "x", count: padding))/\(padding)".utf8)
  }

  /// nil when the body is none that was written to this key.
  static func number(in body: Bytes, key: Int) -> Int? {
    let parts = String(decoding: body.buffer, as: UTF8.self).split(
      separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 4, Int(parts[0]) == key, Int(parts[3]) == parts[2].utf8.count else { return nil }
    return Int(parts[1])
  }
}

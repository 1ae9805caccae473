extension ArraySlice<UInt8> {
  /// Without the spaces and tabs around it (RFC 9110 section 5.6.3).
  var withoutOuterSpace: ArraySlice<UInt8> {
    var text = drop { $0 == 0x20 || $0 == 9 }
    while let last = text.last, last == 0x20 || last == 9 { text.removeLast() }
    return text
  }
}

/// What a client expects of the server before it sends the body: the field Expect (RFC 9110 section 10.1.1).
enum Expectation {
  /// The first member of the field that cannot be met; nil when there is none but `100-continue`.
  static func unknown(in field: [UInt8]) -> String? {
    let members = field.split(separator: UInt8(ascii: ",")).map {
      String(decoding: $0.withoutOuterSpace, as: UTF8.self)
    }
    return members.first { !$0.isEmpty && $0.lowercased() != "100-continue" }
  }
}

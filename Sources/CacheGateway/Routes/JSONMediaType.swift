/// Whether a body says that it is JSON.
enum JSONMediaType {
  /// Whatever the parameters (RFC 8259 section 11).
  static func matches(_ contentType: String) -> Bool {
    if contentType == "application/json" { return true }
    let type = contentType.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }
    return type.lowercased() == "application/json"
  }
}

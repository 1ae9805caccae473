/// A request's method (RFC 9110 section 9).
enum Method: String, Sendable {
  case get = "GET"
  case head = "HEAD"
  case put = "PUT"
  case delete = "DELETE"
  case options = "OPTIONS"
  /// Any other.
  case other

  init(name: UnsafePointer<CChar>) {
    self = Method(rawValue: String(cString: name)) ?? .other
  }
}

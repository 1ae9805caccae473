import Glibc

/// A request's method (RFC 9110 section 9).
enum Method: Sendable {
  case get
  case head
  case put
  case delete
  case post
  case options
  /// Any other.
  case other

  private static let names: [(StaticString, Method)] = [
    ("GET", .get), ("HEAD", .head), ("PUT", .put), ("DELETE", .delete), ("POST", .post),
    ("OPTIONS", .options),
  ]

  init(name: UnsafePointer<CChar>) {
    self = Self.names.first { strcmp($0.0.pointer, name) == 0 }?.1 ?? .other
  }
}

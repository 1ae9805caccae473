import Glibc

/// A request's method (RFC 9110 section 9).
enum Method: Sendable {
  case get
  case head
  case put
  case delete
  case post
  case options
  /// RFC 4918 section 9.1.
  case propfind
  /// RFC 4918 section 9.3.
  case mkcol
  /// Any other.
  case other

  private static let names: [(StaticString, Method)] = [
    ("GET", .get), ("HEAD", .head), ("PUT", .put), ("DELETE", .delete), ("POST", .post),
    ("OPTIONS", .options), ("PROPFIND", .propfind), ("MKCOL", .mkcol),
  ]

  init(name: UnsafePointer<CChar>) {
    self = Self.names.first { strcmp($0.0.pointer, name) == 0 }?.1 ?? .other
  }
}

import CMicroHTTPD

/// A request without its body. Valid while its first handler call runs: what is needed later is copied out
/// of it.
struct RequestHead: ~Copyable {
  let method: Method
  private let url: UnsafePointer<CChar>
  private let connection: OpaquePointer

  init(method: Method, url: UnsafePointer<CChar>, connection: OpaquePointer) {
    self.method = method
    self.url = url
    self.connection = connection
  }

  /// The path as sent, percent-encoding and all.
  var path: UnsafeBufferPointer<UInt8> {
    var length = 0
    while url[length] != 0 { length += 1 }
    return UnsafeRawBufferPointer(start: url, count: length).bindMemory(to: UInt8.self)
  }

  /// The first header field of this name.
  func header(_ name: StaticString) -> String? { value(.HEADER_KIND, name) }

  /// The first query parameter of this name, as sent; empty when it stands there without a value.
  func parameter(_ name: StaticString) -> String? { value(.GET_ARGUMENT_KIND, name) }

  /// Bytes of the body as announced; nil for a chunked body or none.
  var contentLength: UInt64? { header("Content-Length").flatMap(UInt64.init) }

  /// Whether the body comes in chunks (RFC 9112 section 7.1).
  var isChunked: Bool { header("Transfer-Encoding") != nil }

  /// Whether the client waits for a word before it sends the body (RFC 9110 section 10.1.1).
  var expectsContinue: Bool { header("Expect") != nil }

  private func value(_ kind: MHD_ValueKind, _ name: StaticString) -> String? {
    var value: UnsafePointer<CChar>?
    var length = 0
    let isThere = MHD_lookup_connection_value_n(
      connection, kind, UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self),
      name.utf8CodeUnitCount, &value, &length)
    guard isThere == .YES else { return nil }
    guard let value else { return "" }
    return String(decoding: UnsafeRawBufferPointer(start: value, count: length), as: UTF8.self)
  }
}

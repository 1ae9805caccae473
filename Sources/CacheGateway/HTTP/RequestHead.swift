import CMicroHTTPD
import Glibc

/// A request without its body. Valid while its first handler call runs: what is needed later is copied out
/// of it.
struct RequestHead: ~Copyable {
  let method: Method
  /// Those of them that it has.
  let fields: RareFields
  private let url: UnsafePointer<CChar>
  private let connection: OpaquePointer

  init(method: Method, fields: RareFields, url: UnsafePointer<CChar>, connection: OpaquePointer) {
    self.method = method
    self.fields = fields
    self.url = url
    self.connection = connection
  }

  /// The path as sent, percent-encoding and all.
  var path: UnsafeBufferPointer<UInt8> {
    var length = 0
    while url[length] != 0 { length += 1 }
    let target = UnsafeRawBufferPointer(start: url, count: length).bindMemory(to: UInt8.self)
    return target.first == UInt8(ascii: "/") ? target : Self.pathOfAbsoluteForm(target)
  }

  /// `GET http://host/path`, which a server must take as well (RFC 9112 section 3.2.2).
  private static func pathOfAbsoluteForm(
    _ target: UnsafeBufferPointer<UInt8>
  ) -> UnsafeBufferPointer<UInt8> {
    let scheme = Array("http://".utf8)
    guard target.starts(with: scheme),
      let slash = target.dropFirst(scheme.count).firstIndex(of: UInt8(ascii: "/"))
    else { return target }
    return UnsafeBufferPointer(rebasing: target[slash...])
  }

  /// The values of all header fields of this name, joined as RFC 9110 section 5.3 says; nil when there is
  /// none. Bytes as sent.
  func joinedHeader(_ name: StaticString) -> [UInt8]? { Self.joinedHeader(name, of: connection) }

  /// The same, until the connection is done with the request.
  static func joinedHeader(_ name: StaticString, of connection: OpaquePointer) -> [UInt8]? {
    var search = Search(name: name)
    withUnsafeMutablePointer(to: &search) { search in
      _ = MHD_get_connection_values_n(
        connection, .HEADER_KIND,
        { context, _, name, nameLength, value, length in
          let search = context?.assumingMemoryBound(to: Search.self)
          search?.pointee.add(name, nameLength, value, length)
          return .YES
        }, search)
    }
    return search.values
  }

  /// The first header field of this name.
  func header(_ name: StaticString) -> String? { value(.HEADER_KIND, name) }

  /// The first query parameter of this name, as sent; empty when it stands there without a value.
  func parameter(_ name: StaticString) -> String? { value(.GET_ARGUMENT_KIND, name) }

  /// Bytes of the body as announced; nil for a chunked body or none.
  var contentLength: UInt64? {
    fields.contains(.contentLength) ? header("Content-Length").flatMap(UInt64.init) : nil
  }

  /// Whether the client waits for a word before it sends the body (RFC 9110 section 10.1.1).
  var expectsContinue: Bool { fields.contains(.expect) }

  /// What the client expects beyond that, and cannot have; nil when there is nothing.
  var unknownExpectation: String? {
    expectsContinue ? joinedHeader("Expect").flatMap(Expectation.unknown) : nil
  }

  private func value(_ kind: MHD_ValueKind, _ name: StaticString) -> String? {
    var value: UnsafePointer<CChar>?
    var length = 0
    let isThere = MHD_lookup_connection_value_n(
      connection, kind, name.pointer, name.utf8CodeUnitCount, &value, &length)
    guard isThere == .YES else { return nil }
    guard let value else { return "" }
    return String(decoding: UnsafeRawBufferPointer(start: value, count: length), as: UTF8.self)
  }
}

/// Gathers the values of one header field.
private struct Search {
  let name: StaticString
  var values: [UInt8]?

  mutating func add(
    _ candidate: UnsafePointer<CChar>?, _ candidateLength: Int, _ value: UnsafePointer<CChar>?, _ length: Int
  ) {
    guard let candidate, candidateLength == name.utf8CodeUnitCount, strcasecmp(candidate, name.pointer) == 0
    else {
      return
    }
    if values != nil { values? += Array(", ".utf8) }
    values = (values ?? []) + Array(UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : length))
  }
}

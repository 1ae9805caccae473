import CMicroHTTPD
import Glibc

/// What a request's head says about where its body ends. libmicrohttpd takes heads that two servers may read
/// differently, so that one of them takes a part of the body for another request; here they are refused
/// (RFC 9112 sections 5.1, 6.1 and 6.3).
struct Framing {
  /// Those of them that the head has.
  private(set) var fields: RareFields = []
  private var lengths = 0
  private var codings = 0
  private var faultOfField: String?

  /// Looks once at every header field.
  init(of connection: OpaquePointer) {
    withUnsafeMutablePointer(to: &self) { framing in
      _ = MHD_get_connection_values_n(
        connection, .HEADER_KIND,
        { context, _, name, nameLength, value, length in
          let framing = context?.assumingMemoryBound(to: Framing.self)
          framing?.pointee.add(
            UnsafeRawBufferPointer(start: name, count: nameLength),
            UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : length))
          return .YES
        }, framing)
    }
  }

  private mutating func add(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
    if name.contains(where: { $0 <= 0x20 || $0 == 0x7F }) {
      faultOfField = "a header field's name holds a space"
    }
    let rare = RareFields(ofFieldNamed: name)
    fields.formUnion(rare)
    if rare == .contentLength {
      lengths += 1
      if value.isEmpty || !value.allSatisfy({ (48...57).contains($0) }) {
        faultOfField = "Content-Length is not a number"
      }
    } else if FieldName.matches(name, "transfer-encoding") {
      codings += 1
      if !FieldName.matches(value, "chunked") { faultOfField = "the only Transfer-Encoding taken is chunked" }
    }
  }

  /// What is wrong with the head; nil when nothing is.
  var fault: String? {
    if let faultOfField { return faultOfField }
    if lengths > 1 { return "there are several Content-Length fields" }
    if codings > 1 { return "there are several Transfer-Encoding fields" }
    return lengths + codings > 1 ? "there are both Content-Length and Transfer-Encoding" : nil
  }
}

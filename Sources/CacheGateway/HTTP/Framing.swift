import CMicroHTTPD
import Glibc

/// What a request's head says about where its body ends. libmicrohttpd takes heads that two servers may read
/// differently, so that one of them takes a part of the body for another request; here they are refused
/// (RFC 9112 sections 5.1, 6.1 and 6.3).
struct Framing {
  private var lengths = 0
  private var codings = 0
  private var problem: String?
  /// There are fields of the gateway's own.
  private(set) var hasOwnFields = false

  init(of connection: OpaquePointer) {
    var framing = Framing()
    withUnsafeMutablePointer(to: &framing) { framing in
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
    self = framing
  }

  private init() {}

  private mutating func add(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
    if name.contains(where: { $0 <= 0x20 || $0 == 0x7F }) { problem = "a header field's name holds a space" }
    if Self.matches(name, "content-length") {
      lengths += 1
      if value.isEmpty || !value.allSatisfy({ (48...57).contains($0) }) {
        problem = "Content-Length is not a number"
      }
    } else if Self.matches(name, "transfer-encoding") {
      codings += 1
      if !Self.matches(value, "chunked") { problem = "the only Transfer-Encoding taken is chunked" }
    } else if name.count > Self.ownPrefix.utf8CodeUnitCount {
      let start = UnsafeRawBufferPointer(rebasing: name[..<Self.ownPrefix.utf8CodeUnitCount])
      if Self.matches(start, Self.ownPrefix) { hasOwnFields = true }
    }
  }

  private static let ownPrefix: StaticString = "cache-gateway-"

  /// What is wrong with the head; nil when nothing is.
  var fault: String? {
    if let problem { return problem }
    if lengths > 1 { return "there are several Content-Length fields" }
    if codings > 1 { return "there are several Transfer-Encoding fields" }
    return lengths + codings > 1 ? "there are both Content-Length and Transfer-Encoding" : nil
  }

  /// Without regard to case; `expected` is in lower case.
  private static func matches(_ text: UnsafeRawBufferPointer, _ expected: StaticString) -> Bool {
    guard text.count == expected.utf8CodeUnitCount else { return false }
    return text.indices.allSatisfy { index in
      let byte = text[index]
      let lower = (65...90).contains(byte) ? byte | 0x20 : byte
      return lower == expected.utf8Start[index]
    }
  }
}

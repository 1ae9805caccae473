import GatewayCore
import Glibc

/// A JSON value (RFC 8259). Its texts share the memory of the document wherever they stand there as they are.
enum JSONValue {
  struct Member {
    let name: Bytes
    let value: JSONValue
  }

  case null
  case bool(Bool)
  /// As it stands in the document.
  case number(Bytes)
  /// UTF-8.
  case string(Bytes)
  case array([JSONValue])
  /// No two members have the same name.
  case object([Member])

  /// Of an object; nil when it has no such member, or this is no object.
  subscript(name: StaticString) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name.equals(name) }?.value
  }
}

extension Bytes {
  func equals(_ text: StaticString) -> Bool {
    buffer.isEqual(to: UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  func equals(_ other: Bytes) -> Bool { buffer.isEqual(to: other.buffer) }

  /// What is UTF-8, such as the strings and numbers of a document.
  var text: String { String(decoding: buffer, as: UTF8.self) }

  var isUTF8: Bool { buffer.isUTF8 }
}

extension UnsafeRawBufferPointer {
  func isEqual(to other: UnsafeRawBufferPointer) -> Bool {
    guard count == other.count else { return false }
    guard let start = baseAddress, let otherStart = other.baseAddress else { return true }
    return memcmp(start, otherStart, count) == 0
  }

  var isUTF8: Bool { (try? UTF8Span(validating: bindMemory(to: UInt8.self).span)) != nil }
}

import Glibc

/// A configuration file for as long as somebody refers to it.
final class ConfigurationText {
  let path: String

  init(_ text: String) throws {
    var template = Array("/tmp/cache-gateway-test-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw SetupError("mkstemp: \(String(cString: strerror(errno)))") }
    defer { close(descriptor) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let bytes = Array(text.utf8)
    _ = Glibc.write(descriptor, bytes, bytes.count)
  }

  /// In place of what it held.
  func write(_ text: String) throws {
    let descriptor = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC)
    guard descriptor >= 0 else { throw SetupError("cannot write \(path)") }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    _ = Glibc.write(descriptor, bytes, bytes.count)
  }

  deinit { unlink(path) }
}

import Glibc

/// A folder of a test's own, removed with all that is in it when nobody refers to it any more.
final class TemporaryDirectory {
  let path: String

  init() throws {
    var template = Array("/tmp/cache-gateway-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SetupError("mkdtemp: \(String(cString: strerror(errno)))") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { Self.removeAll(path) }

  private static func removeAll(_ path: String) {
    // A link is no folder to look into.
    if unlink(path) == 0 { return }
    for name in names(in: path) { removeAll("\(path)/\(name)") }
    rmdir(path)
  }

  private static func names(in path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { $0.prefix { $0 != 0 }.map(\.self) }
      names.append(String(decoding: name, as: UTF8.self))
    }
    return names.filter { $0 != "." && $0 != ".." }
  }
}

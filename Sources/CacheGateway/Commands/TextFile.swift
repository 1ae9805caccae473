import Glibc

enum TextFile {
  /// Configuration files are small; whatever is larger is none.
  private static let longest = 1 << 20

  /// Throws exit code 64 with a message when the file cannot be read.
  static func read(_ path: String) throws -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw StandardError.exit("cannot read \(path): \(String(cString: strerror(errno)))", code: EX_USAGE)
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0 {
        throw StandardError.exit("cannot read \(path): \(String(cString: strerror(errno)))", code: EX_USAGE)
      }
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += chunk.prefix(count)
      if bytes.count > longest {
        throw StandardError.exit("\(path) is larger than 1 MiB: is it a configuration?", code: EX_USAGE)
      }
    }
  }
}

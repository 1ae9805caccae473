import ArgumentParser
import Glibc

enum TextFile {
  /// Configuration files are small; whatever is larger is none.
  private static let longest = 1 << 20

  /// Throws exit code 64 with a message when the file cannot be read.
  static func exiting<Result>(_ body: () throws(FileError) -> Result) throws -> Result {
    do throws(FileError) {
      return try body()
    } catch {
      throw StandardError.exit("\(error)", code: EX_USAGE)
    }
  }

  static func read(_ path: String) throws(FileError) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw FileError("cannot read \(path): \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0 {
        throw FileError("cannot read \(path): \(String(cString: strerror(errno)))")
      }
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += chunk.prefix(count)
      if bytes.count > longest {
        throw FileError("\(path) is larger than 1 MiB: is it a configuration?")
      }
    }
  }
}

/// A file that cannot be read.
struct FileError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}

import ArgumentParser
import Glibc

/// Lines for whoever started us, written at once.
enum StandardOutput {
  static func print(_ line: String) { write(line + "\n") }

  static func write(_ text: String) {
    let bytes = Array(text.utf8)
    _ = Glibc.write(STDOUT_FILENO, bytes, bytes.count)
  }
}

enum StandardError {
  static func print(_ line: String) { write(line + "\n") }

  static func write(_ text: String) {
    let bytes = Array(text.utf8)
    _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
  }

  /// A way to end with a message and an exit code.
  static func exit(_ message: String, code: Int32) -> ExitCode {
    print("cache-gateway: \(message)")
    return ExitCode(code)
  }
}

import Foundation
import Glibc
import Synchronization

/// Answers requests on loopback with what it is told, one after the other; the last answer again and again.
final class ScriptedGateway: Sendable {
  struct Answer: Sendable {
    let bytes: [UInt8]

    /// A whole answer, with its length.
    init(_ status: Int, _ body: String = "") {
      self.init(bytes: "HTTP/1.1 \(status) X\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    init(bytes text: String) {
      bytes = Array(text.utf8)
    }
  }

  let port: UInt16
  private let descriptor: Int32
  private let seen = Mutex<[String]>([])

  init(_ answers: Answer...) throws {
    port = try Ports.reserve()
    guard let descriptor = Loopback.boundSocket(port), listen(descriptor, 16) == 0 else {
      throw SetupError("cannot listen at port \(port)")
    }
    self.descriptor = descriptor
    let thread = Thread { [weak self, descriptor] in
      var rest = answers[...]
      while case let connection = accept(descriptor, nil, nil), connection >= 0 {
        let answer = rest.count > 1 ? rest.removeFirst() : rest.first
        self?.answer(connection, answer)
        close(connection)
      }
    }
    thread.start()
  }

  /// Ends the thread.
  deinit {
    shutdown(descriptor, Int32(SHUT_RDWR))
    close(descriptor)
  }

  /// Methods and paths, and the bodies where there are any.
  var requests: [String] { seen.withLock(\.self) }

  private func answer(_ connection: Int32, _ answer: Answer?) {
    guard let answer else { return }
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    // Requests are small, and sent at once: they come in one piece on loopback.
    let count = max(0, recv(connection, &buffer, buffer.count, 0))
    let text = Array(buffer.prefix(count)).text
    let body = text.firstRange(of: "\r\n\r\n").map { text[$0.upperBound...] } ?? ""
    let line = text.split(separator: " ").prefix(2).joined(separator: " ")
    seen.withLock { $0.append(body.isEmpty ? line : "\(line) \(body)") }
    _ = send(connection, answer.bytes, answer.bytes.count, Int32(MSG_NOSIGNAL))
  }
}

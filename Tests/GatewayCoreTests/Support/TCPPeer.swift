import Glibc
import Testing

/// A listening socket and one connection to it, with plain blocking calls.
final class TCPPeer: @unchecked Sendable {
  /// Seconds; only a bug makes anybody wait as long.
  private static let patience = 20

  private let listener: CInt
  private var connection: CInt = -1
  let port: UInt16

  init() throws {
    listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
    // Its connection has the limits of the listener.
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      var limit = timeval(tv_sec: Self.patience, tv_usec: 0)
      setsockopt(listener, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = listener
    let status = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
        bind(descriptor, raw, length) == 0 && listen(descriptor, 16) == 0
          && getsockname(descriptor, raw, &length) == 0
      }
    }
    try #require(status, "cannot listen on loopback")
    port = UInt16(bigEndian: address.sin_port)
  }

  deinit {
    close(listener)
    if connection >= 0 { close(connection) }
  }

  func acceptConnection() { connection = accept(listener, nil, nil) }

  /// What has arrived; empty at the end of the stream.
  func receive() -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    let count = recv(connection, &buffer, buffer.count, 0)
    return Array(buffer.prefix(max(0, count)))
  }

  func send(_ bytes: [UInt8]) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { bytes in
        Glibc.send(
          connection, bytes.baseAddress.map { $0 + sent }, bytes.count - sent, CInt(MSG_NOSIGNAL))
      }
      if count <= 0 { return }
      sent += count
    }
  }

  func closeConnection() {
    // Also when a process that a test has just started holds it as well.
    shutdown(connection, CInt(SHUT_RDWR))
    close(connection)
    connection = -1
  }
}

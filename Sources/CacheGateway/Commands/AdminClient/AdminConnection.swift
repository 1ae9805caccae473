import GatewayCore
import Glibc

/// A blocking TCP connection for one request to a gateway's admin listener.
struct AdminConnection: ~Copyable {
  /// A gateway answers at once, or asks a node first, which takes its timeouts: a second or so by default.
  private static let patience: Int = 15
  /// The state of a thousand nodes takes less than one.
  private static let longestAnswer = 16 << 20

  private let descriptor: CInt
  private let end = ContinuousClock.now + .seconds(patience)

  /// Tries one address of the host after the other.
  init(to endpoint: Endpoint) throws(ConnectionError) {
    var hints = addrinfo()
    hints.ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG
    hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(endpoint.host, String(endpoint.port), &hints, &found)
    guard status == 0 else { throw ConnectionError(String(cString: gai_strerror(status))) }
    defer { freeaddrinfo(found) }
    descriptor = try Self.connect(to: found)
  }

  deinit { close(descriptor) }

  private static func connect(to first: UnsafeMutablePointer<addrinfo>?) throws(ConnectionError) -> CInt {
    var next = first
    var error = ConnectionError("it has no address")
    while let address = next?.pointee {
      let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
      let descriptor = socket(address.ai_family, type, 0)
      if descriptor >= 0 {
        limitWaiting(descriptor)
        if Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 { return descriptor }
      }
      error = .last
      if descriptor >= 0 { close(descriptor) }
      next = address.ai_next
    }
    throw error
  }

  /// Of one call, connecting included.
  private static func limitWaiting(_ descriptor: CInt) {
    var limit = timeval(tv_sec: patience, tv_usec: 0)
    for option in [SO_SNDTIMEO, SO_RCVTIMEO] {
      setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
  }

  func send(_ bytes: [UInt8]) throws(ConnectionError) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(
          descriptor, UnsafeRawBufferPointer(rebasing: $0[sent...]).baseAddress, bytes.count - sent,
          CInt(MSG_NOSIGNAL))
      }
      if count < 0 && errno != EINTR { throw .last }
      sent += max(0, count)
    }
  }

  /// All that comes until the other end closes.
  func receiveToEnd() throws(ConnectionError) -> [UInt8] {
    var received: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
      let count = recv(descriptor, &piece, piece.count, 0)
      if count == 0 { return received }
      if count < 0 && errno != EINTR { throw .last }
      received += piece.prefix(max(0, count))
      if received.count > Self.longestAnswer { throw ConnectionError("its answer does not end") }
      if ContinuousClock.now > end { throw .timedOut }
    }
  }
}

struct ConnectionError: Error, Equatable, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }

  static let timedOut = ConnectionError("it took too long")

  /// Of the system call that failed just now. Calls that wait too long fail with the first two.
  static var last: ConnectionError {
    [EAGAIN, EINPROGRESS].contains(errno) ? .timedOut : ConnectionError(String(cString: strerror(errno)))
  }
}

import Glibc

/// A blocking TCP connection on loopback, byte for byte.
final class Stream {
  /// Only a bug makes anybody wait as long.
  private static let patience = 20

  private var descriptor: Int32
  /// Received, not yet taken.
  private var buffer: [UInt8] = []
  private var start = 0

  /// `receiveBuffer`: bytes that may wait on this side; nil: as many as the system sees fit, which is megabytes.
  init(port: UInt16, receiveBuffer: Int32? = nil) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var on: Int32 = 1
    if var receiveBuffer {
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
    }
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      var limit = timeval(tv_sec: Self.patience, tv_usec: 0)
      setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
    guard Loopback.withAddress(port, { connect(descriptor, $0, $1) }) == 0 else {
      let reason = String(cString: strerror(errno))
      close()
      throw StreamError(description: "connect to port \(port): \(reason)")
    }
  }

  deinit { close() }

  func close() {
    if descriptor >= 0 { Glibc.close(descriptor) }
    descriptor = -1
  }

  /// Where the connection comes from.
  var localPort: UInt16 {
    get throws {
      var address = sockaddr_in()
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      let result = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
      }
      guard result == 0 else { throw StreamError(description: "getsockname: errno \(errno)") }
      return UInt16(bigEndian: address.sin_port)
    }
  }

  /// Says that nothing more will be sent, and goes on receiving.
  func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Closes with a reset instead of an end.
  func reset() {
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
    close()
  }

  func send(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { bytes in
        Glibc.send(descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw StreamError(description: "send: \(String(cString: strerror(errno)))") }
      sent += count
    }
  }

  func send(_ text: String) throws { try send(Array(text.utf8)) }

  /// A line without its end.
  func receiveLine() throws -> String {
    while true {
      if let end = buffer[start...].firstIndex(of: 10) {
        let line = buffer[start..<end]
        start = end + 1
        return String(decoding: line.last == 13 ? line.dropLast() : line, as: UTF8.self)
      }
      guard try receiveMore() else { throw StreamError(description: "the stream ended within a line") }
    }
  }

  func receive(_ count: Int) throws -> [UInt8] {
    while buffer.count - start < count {
      guard try receiveMore() else {
        throw StreamError(description: "the stream ended after \(buffer.count - start) of \(count) bytes")
      }
    }
    defer { start += count }
    return Array(buffer[start..<(start + count)])
  }

  func receiveToEnd() throws -> [UInt8] {
    while try receiveMore() {}
    defer { start = buffer.count }
    return Array(buffer[start...])
  }

  /// Waits for the other side to close; false when it sends something instead.
  func endsHere() throws -> Bool {
    if start < buffer.count { return false }
    do {
      return try !receiveMore()
    } catch let error as StreamError where error.isReset {
      return true
    }
  }

  /// False at the end of the stream.
  private func receiveMore() throws -> Bool {
    if start == buffer.count {
      buffer.removeAll(keepingCapacity: true)
      start = 0
    }
    var chunk = [UInt8](repeating: 0, count: 64 * 1024)
    let count = recv(descriptor, &chunk, chunk.count, 0)
    guard count >= 0 else {
      let number = errno
      throw StreamError(
        description: "recv: \(String(cString: strerror(number)))", isReset: number == ECONNRESET)
    }
    buffer += chunk.prefix(count)
    return count > 0
  }
}

struct StreamError: Error, CustomStringConvertible {
  let description: String
  var isReset = false
}

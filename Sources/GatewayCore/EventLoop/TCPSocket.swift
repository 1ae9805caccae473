import CLinux
import Glibc

/// A TCP connection registered with an `EpollEventLoop`.
final class TCPSocket: StreamSocket {
  /// Milliseconds until the kernel gives a connection up whose peer acknowledges nothing: a host that has
  /// gone for good. Its own default is a quarter of an hour.
  private static let userTimeout: CInt = 30_000

  private var descriptor: CInt
  private let registration: Registration
  private let loop: EpollEventLoop
  private var wanted: Readiness = [.readable, .writable]

  /// Begins to connect. Throws when the system refuses at once, for lack of descriptors for example.
  init(
    connectingTo address: SocketAddress, on loop: EpollEventLoop, handler: any SocketHandler
  ) throws(SystemError) {
    self.loop = loop
    descriptor = try Self.openSocket(address.family)
    do {
      try Self.beginConnect(descriptor, address)
      registration = try loop.register(descriptor, for: [.readable, .writable], handler)
    } catch {
      Glibc.close(descriptor)
      throw error
    }
  }

  func receive(into buffer: UnsafeMutableRawBufferPointer) -> IOResult {
    SystemCall.transfer("recv") { recv(descriptor, buffer.baseAddress, buffer.count, 0) }
  }

  func receive(
    into buffer: UnsafeMutableRawBufferPointer, behind: UnsafeMutableRawBufferPointer
  ) -> IOResult {
    if behind.isEmpty { return receive(into: buffer) }
    return withUnsafeTemporaryAllocation(of: iovec.self, capacity: 2) { vectors in
      vectors.initializeElement(at: 0, to: iovec(iov_base: buffer.baseAddress, iov_len: buffer.count))
      vectors.initializeElement(at: 1, to: iovec(iov_base: behind.baseAddress, iov_len: behind.count))
      return SystemCall.transfer("readv") { readv(descriptor, vectors.baseAddress, 2) }
    }
  }

  func send(_ pieces: [UnsafeRawBufferPointer]) -> IOResult {
    withUnsafeTemporaryAllocation(of: iovec.self, capacity: pieces.count) { vectors in
      for (index, piece) in pieces.enumerated() {
        vectors.initializeElement(
          at: index,
          to: iovec(iov_base: UnsafeMutableRawPointer(mutating: piece.baseAddress), iov_len: piece.count))
      }
      var message = msghdr()
      message.msg_iov = vectors.baseAddress
      message.msg_iovlen = pieces.count
      return SystemCall.transfer("sendmsg") { sendmsg(descriptor, &message, CInt(MSG_NOSIGNAL)) }
    }
  }

  func setWantsToWrite(_ wanted: Bool) {
    want(.writable, wanted)
  }

  func setWantsToRead(_ wanted: Bool) {
    want(.readable, wanted)
  }

  private func want(_ readiness: Readiness, _ isWanted: Bool) {
    guard isWanted != wanted.contains(readiness) else { return }
    if isWanted { wanted.insert(readiness) } else { wanted.remove(readiness) }
    loop.modify(descriptor, registration, wanted)
  }

  var localPort: UInt16 {
    var address = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let status = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
    }
    guard status == 0 else { return 0 }
    // The port stands at the same place in sockaddr_in and sockaddr_in6.
    return withUnsafeBytes(of: address) {
      UInt16(bigEndian: $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
    }
  }

  func connectionError() -> SystemError? {
    var code: CInt = 0
    var length = socklen_t(MemoryLayout<CInt>.size)
    guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else {
      return SystemError(errno: errno, call: "getsockopt")
    }
    return code == 0 ? nil : SystemError(errno: code, call: "connect")
  }

  func close() {
    guard descriptor >= 0 else { return }
    loop.deregister(descriptor, registration)
    Glibc.close(descriptor)
    descriptor = -1
  }

  func abort() {
    // With a time to linger of zero the kernel throws its send buffer away and resets the connection.
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    close()
  }

  deinit { close() }

  private static func openSocket(_ family: CInt) throws(SystemError) -> CInt {
    let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
    let descriptor = try SystemCall.check("socket") { socket(family, type, 0) }
    set(TCP_NODELAY, 1, descriptor)
    set(TCP_USER_TIMEOUT, Self.userTimeout, descriptor)
    // A host that was switched off says nothing more; it is noticed within half a minute.
    var on: CInt = 1
    setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, socklen_t(MemoryLayout<CInt>.size))
    set(TCP_KEEPIDLE, 5, descriptor)
    set(TCP_KEEPINTVL, 5, descriptor)
    set(TCP_KEEPCNT, 4, descriptor)
    return descriptor
  }

  private static func set(_ option: CInt, _ value: CInt, _ descriptor: CInt) {
    var value = value
    setsockopt(descriptor, CInt(IPPROTO_TCP), option, &value, socklen_t(MemoryLayout<CInt>.size))
  }

  private static func beginConnect(_ descriptor: CInt, _ address: SocketAddress) throws(SystemError) {
    do {
      _ = try SystemCall.check("connect") { address.withUnsafePointer { Glibc.connect(descriptor, $0, $1) } }
    } catch  where error.errno == EINPROGRESS {
      return
    }
  }
}

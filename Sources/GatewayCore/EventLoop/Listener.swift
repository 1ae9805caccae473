import Glibc

/// A listening TCP socket, for an HTTP daemon to accept from.
public struct Listener: Sendable {
  /// Connections that the kernel holds until they are accepted.
  private static let backlog: CInt = 1024

  public let descriptor: CInt
  public let port: UInt16

  /// One listener for each worker, all on one port: the kernel spreads connections over them (SO_REUSEPORT).
  ///
  /// Throws when the address is in use, also by a process that would share it.
  public static func open(_ endpoint: Endpoint, count: Int) throws(ListenError) -> [Listener] {
    do {
      var address = try SocketAddress.resolve(host: endpoint.host, port: endpoint.port)
      // Without SO_REUSEPORT this fails when anybody else listens, other gateways included.
      try Listener(address, sharesPort: false).close()
      var listeners: [Listener] = []
      for _ in 0..<count {
        let listener = try Listener(address, sharesPort: true)
        listeners.append(listener)
        address = try SocketAddress.resolve(host: endpoint.host, port: listener.port)
      }
      return listeners
    } catch let error as SystemError {
      throw ListenError(endpoint: endpoint, reason: String(cString: strerror(error.errno)))
    } catch {
      throw ListenError(endpoint: endpoint, reason: "\(error)")
    }
  }

  private init(_ address: SocketAddress, sharesPort: Bool) throws(SystemError) {
    let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
    let descriptor = try SystemCall.check("socket") { socket(address.family, type, 0) }
    do {
      try Self.enable(SO_REUSEADDR, descriptor)
      if sharesPort { try Self.enable(SO_REUSEPORT, descriptor) }
      _ = try SystemCall.check("bind") { address.withUnsafePointer { bind(descriptor, $0, $1) } }
      _ = try SystemCall.check("listen") { listen(descriptor, Self.backlog) }
      port = try Self.boundPort(descriptor)
    } catch {
      Glibc.close(descriptor)
      throw error
    }
    self.descriptor = descriptor
  }

  public func close() {
    Glibc.close(descriptor)
  }

  /// A port of the loopback address that was free a moment ago.
  static func freeLoopbackPort() throws(SystemError) -> UInt16 {
    guard let any = SocketAddress(numericHost: "127.0.0.1", port: 0) else {
      throw SystemError(errno: EINVAL, call: "getaddrinfo")
    }
    let listener = try Listener(any, sharesPort: false)
    listener.close()
    return listener.port
  }

  private static func enable(_ option: CInt, _ descriptor: CInt) throws(SystemError) {
    var on: CInt = 1
    _ = try SystemCall.check("setsockopt") {
      setsockopt(descriptor, SOL_SOCKET, option, &on, socklen_t(MemoryLayout<CInt>.size))
    }
  }

  private static func boundPort(_ descriptor: CInt) throws(SystemError) -> UInt16 {
    var address = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let status = withUnsafeMutablePointer(to: &address) { storage in
      storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
    }
    guard status == 0 else { throw SystemError(errno: errno, call: "getsockname") }
    // sockaddr_in and sockaddr_in6 have the port at the same place.
    return withUnsafeBytes(of: address) { UInt16(bigEndian: $0.load(fromByteOffset: 2, as: UInt16.self)) }
  }
}

/// An address that cannot be listened at.
public struct ListenError: Error, CustomStringConvertible {
  public let endpoint: Endpoint
  public let reason: String

  public var description: String { "cannot listen at \(endpoint): \(reason)" }
}

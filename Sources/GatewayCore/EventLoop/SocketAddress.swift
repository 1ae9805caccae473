import Glibc

/// A resolved address of a TCP endpoint.
public struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
  private let bytes: [UInt8]
  public let port: UInt16
  public let description: String

  /// Copies the operating system's form, `sockaddr_in` or `sockaddr_in6`.
  init(_ raw: UnsafeRawBufferPointer, port: UInt16, description: String) {
    bytes = Array(raw)
    self.port = port
    self.description = description
  }

  /// A numeric IPv4 or IPv6 address; nil when `host` is anything else.
  public init?(numericHost host: String, port: UInt16) {
    guard let address = try? Self.lookUp(host, port, flags: AI_NUMERICHOST | AI_NUMERICSERV) else {
      return nil
    }
    self = address
  }

  /// Asks the system's resolver. Blocks: not for an event loop's thread.
  static func resolve(host: String, port: UInt16) throws(ResolveError) -> SocketAddress {
    try lookUp(host, port, flags: AI_NUMERICSERV | AI_ADDRCONFIG)
  }

  var family: CInt {
    withUnsafePointer { address, _ in CInt(address.pointee.sa_family) }
  }

  func withUnsafePointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    bytes.withUnsafeBytes { raw in
      withUnsafeTemporaryAllocation(
        byteCount: raw.count, alignment: MemoryLayout<sockaddr_storage>.alignment
      ) { aligned in
        aligned.copyMemory(from: raw)
        return body(
          UnsafeRawPointer(aligned.baseAddress!).assumingMemoryBound(to: sockaddr.self),
          socklen_t(raw.count))
      }
    }
  }

  private static func lookUp(
    _ host: String, _ port: UInt16, flags: CInt
  ) throws(ResolveError) -> SocketAddress {
    var hints = addrinfo()
    hints.ai_flags = flags
    hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, String(port), &hints, &found)
    defer { if let found { freeaddrinfo(found) } }
    guard status == 0, let first = found?.pointee, let address = first.ai_addr else {
      throw ResolveError(host: host, reason: String(cString: gai_strerror(status)))
    }
    let raw = UnsafeRawBufferPointer(start: address, count: Int(first.ai_addrlen))
    let text = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    return SocketAddress(raw, port: port, description: text)
  }
}

/// A host name that the system could not resolve.
public struct ResolveError: Error, CustomStringConvertible {
  public let host: String
  public let reason: String

  public var description: String { "cannot resolve host '\(host)': \(reason)" }
}

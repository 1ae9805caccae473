import Glibc
import Synchronization

/// Ports of the loopback address for servers that must be told one. From below the range that the system
/// takes for outgoing connections, and none twice, so that a server can be started again at its port.
enum Ports {
  private static let taken = Mutex<Set<UInt16>>([])

  static func reserve() throws -> UInt16 {
    for _ in 0..<1000 {
      let port = UInt16.random(in: 10_000..<32_000)
      if taken.withLock({ $0.insert(port).inserted }), isFree(port) { return port }
    }
    throw SetupError("no free port")
  }

  private static func isFree(_ port: UInt16) -> Bool {
    let descriptor = Loopback.boundSocket(port)
    if let descriptor { close(descriptor) }
    return descriptor != nil
  }
}

enum Loopback {
  /// nil when the port is taken. Others that are bound so may have it as well while nobody listens there: programs that are
  /// just being started hold a copy of each socket for some milliseconds.
  static func boundSocket(_ port: UInt16) -> Int32? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var isOn: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &isOn, socklen_t(MemoryLayout<Int32>.size))
    if withAddress(port, { bind(descriptor, $0, $1) }) == 0 { return descriptor }
    close(descriptor)
    return nil
  }

  static func withAddress<Result>(
    _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }

  /// Whether somebody listens.
  static func accepts(_ port: UInt16) -> Bool { (try? Stream(port: port)) != nil }
}

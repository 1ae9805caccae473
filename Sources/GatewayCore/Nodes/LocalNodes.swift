import CLinux
import Glibc
import Logging

/// memcached processes of the gateway's own on loopback: the embedded default. Watched, started again when
/// they end, and gone when the gateway is, however it ended: the kernel kills them with their parent.
///
/// Used from the process's main thread only, which starts them and so must outlive them.
public final class LocalNodes {
  private struct Process {
    let port: UInt16
    var id: pid_t
    var startedAt: time_t
  }

  /// How many commands of one connection memcached serves before it answers them and turns to the next (`-R`): more than
  /// it reads at once, 16 KiB. By default, 20, it answers a batch of reads in many pieces.
  private static let commandsAtATime = 1000

  private let executable: String
  private let logger: Logger
  private var processes: [Process] = []

  /// Starts `count` processes and waits until they accept connections.
  public init(count: Int, searchPath: String, logger: Logger) throws(LocalNodesError) {
    guard let executable = Self.find("memcached", in: searchPath) else { throw .notFound }
    self.executable = executable
    self.logger = logger
    for _ in 0..<count { processes.append(try startNew()) }
  }

  public var configurations: [NodeConfiguration] {
    processes.enumerated().map {
      NodeConfiguration(name: "local-\($0.offset + 1)", host: "127.0.0.1", port: $0.element.port)
    }
  }

  /// Starts again what has ended since the last call. Call it when a child may have ended, and now and then.
  public func restartEnded() {
    for index in processes.indices where hasEnded(processes[index].id) {
      logger.warning(
        "local memcached ended and is started again", metadata: ["port": "\(processes[index].port)"])
      // One that cannot start is tried once a second, not in a loop.
      if processes[index].startedAt == time(nil) { sleep(1) }
      processes[index].id = spawn(processes[index].port)
      processes[index].startedAt = time(nil)
    }
  }

  /// Ends them all and waits until they are gone. They have nothing to save, and one that is stopped would not
  /// hear SIGTERM.
  public func stop() {
    for process in processes where process.id > 0 { kill(process.id, SIGKILL) }
    for process in processes where process.id > 0 { waitpid(process.id, nil, 0) }
    processes = []
  }

  private func startNew() throws(LocalNodesError) -> Process {
    // Between finding a free port and memcached's taking it somebody else may: then try another.
    for _ in 0..<5 {
      guard let port = try? Listener.freeLoopbackPort() else { continue }
      let id = spawn(port)
      if id > 0, waitUntilReady(id, port) { return Process(port: port, id: id, startedAt: time(nil)) }
    }
    throw .doesNotStart(executable)
  }

  private func spawn(_ port: UInt16) -> pid_t {
    let arguments = [
      executable, "-l", "127.0.0.1", "-p", String(port), "-U", "0", "-R", String(Self.commandsAtATime),
    ]
    var pointers = arguments.map { strdup($0) }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    return clinux_spawn_with_parent(executable, pointers, -1)
  }

  /// At most 5 seconds.
  private func waitUntilReady(_ id: pid_t, _ port: UInt16) -> Bool {
    guard let address = SocketAddress(numericHost: "127.0.0.1", port: port) else { return false }
    for _ in 0..<1000 {
      if hasEnded(id) { return false }
      if Self.accepts(address) { return true }
      usleep(5000)
    }
    kill(id, SIGKILL)
    waitpid(id, nil, 0)
    return false
  }

  private static func accepts(_ address: SocketAddress) -> Bool {
    let descriptor = socket(address.family, CInt(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return address.withUnsafePointer { connect(descriptor, $0, $1) } == 0
  }

  private func hasEnded(_ id: pid_t) -> Bool {
    id <= 0 || waitpid(id, nil, WNOHANG) == id
  }

  private static func find(_ name: String, in searchPath: String) -> String? {
    searchPath.split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
  }
}

public enum LocalNodesError: Error, CustomStringConvertible {
  case notFound
  case doesNotStart(String)

  public var description: String {
    switch self {
    case .notFound:
      "memcached was not found on PATH: install it (Debian: apt-get install memcached), or name nodes with "
        + "--node host:port"
    case .doesNotStart(let executable):
      "\(executable) does not start: try it by hand, or name nodes with --node host:port"
    }
  }
}

import GatewayCore
import Glibc
import Testing

/// The real gateway, in front of memcached processes of its own or its embedded default.
final class GatewayProcess {
  let nodes: [MemcachedNode]
  /// Where it keeps what must survive it.
  let state: TemporaryDirectory
  private let process: ChildProcess
  let port: UInt16
  let adminPort: UInt16
  /// The test ended it itself.
  private var isExpectedToEnd = false

  /// In front of so many nodes, called node-1, node-2 and so on.
  convenience init(nodes count: Int = 3, nodeOptions: [String] = [], _ arguments: String...) throws {
    let nodes = try (1...count).map { try MemcachedNode(name: "node-\($0)", options: nodeOptions) }
    try self.init(in: nodes, arguments)
  }

  /// `state`: what another gateway left, which must have ended.
  init(
    in nodes: [MemcachedNode], _ arguments: [String], environment: [String: String] = [:],
    state: TemporaryDirectory? = nil
  ) throws {
    self.nodes = nodes
    let state = try state ?? TemporaryDirectory()
    self.state = state
    let listening = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--workers", "2"]
    let nodeFlags = nodes.flatMap { ["--node", "\($0.name)=127.0.0.1:\($0.port)"] }
    let process = try ChildProcess(
      Self.executable, listening + nodeFlags + arguments,
      environment: Self.variables(state).merging(environment) { $1 })
    self.process = process
    try eventually("the gateway says where it listens") {
      guard process.isRunning else { throw SetupError("the gateway ended: \(process.errorOutput)") }
      return process.output.hasSuffix("\n")
    }
    let words = process.output.split(whereSeparator: \.isWhitespace)
    guard words.count == 5, let port = Self.port(words[2]), let adminPort = Self.port(words[4]) else {
      throw SetupError("the gateway said: \(process.output)")
    }
    self.port = port
    self.adminPort = adminPort
  }

  deinit {
    if !isExpectedToEnd, !process.isRunning {
      let end = process.end.map { "\($0)" } ?? "somehow"
      Issue.record("the gateway ended by itself: \(end)\n\(process.errorOutput)")
    }
    // Before its state is removed.
    process.kill()
  }

  private static func variables(_ state: TemporaryDirectory) -> [String: String] {
    ["CACHE_GATEWAY_STATE_DIRECTORY": state.path]
  }

  /// Beside the test bundle.
  static let executable: String = {
    var path = [CChar](repeating: 0, count: 4096)
    let length = readlink("/proc/self/exe", &path, path.count)
    let bundle = path.prefix(max(0, length)).map { UInt8(bitPattern: $0) }.text
    return bundle.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
      + "/cache-gateway"
  }()

  /// `http://127.0.0.1:PORT`
  private static func port(_ address: Substring) -> UInt16? {
    address.split(separator: ":").last.flatMap { UInt16($0) }
  }

  // MARK: Talking to it

  func connect() throws -> HTTPClient { try HTTPClient(port: port, owner: self) }

  func connectToAdmin() throws -> HTTPClient { try HTTPClient(port: adminPort, owner: self) }

  /// The nodes in the order of the key's chain.
  func chain(_ key: String) throws -> [MemcachedNode] {
    let order = ChainOrder(nodes.map { ChainOrder.Node(name: $0.name) })
    return order.chain(forKeyHash: try Key(key).hash).map { nodes[$0] }
  }

  var id: Int32 { process.id }

  var log: String { process.errorOutput }

  /// SIGSTOP: what arrives waits in its sockets.
  func pause() { process.pause() }

  func resume() { process.signal(SIGCONT) }

  // MARK: Ending it

  /// SIGTERM; does not wait.
  func terminate() {
    isExpectedToEnd = true
    process.signal(SIGTERM)
  }

  func kill() {
    isExpectedToEnd = true
    process.kill()
  }

  func waitForEnd() throws -> ChildProcess.End { try process.waitForEnd() }

  /// Runs the program to its end.
  static func run(
    _ arguments: String..., environment: [String: String] = [:]
  ) throws -> (end: ChildProcess.End, output: String, error: String) {
    let state = try TemporaryDirectory()
    let process = try ChildProcess(
      executable, arguments, environment: variables(state).merging(environment) { $1 })
    let end = try process.waitForEnd()
    return (end, process.output, process.errorOutput)
  }
}

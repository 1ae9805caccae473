import Logging
import Testing

@testable import GatewayCore

/// Reads of a batch of keys over three nodes; the test says what each link of a key has. Links are counted from 1.
final class BatchHarness: BatchReadReceiver {
  /// What a link answers.
  enum Answer {
    case record(UInt64, body: [UInt8] = [], Record.Kind = .value, lifetime: Lifetime = .forever)
    case miss
    case damaged
    /// Nothing.
    case silence
  }

  let loop = FakeEventLoop()
  let keys: [Key]
  let coordinator: Coordinator
  /// By key.
  private(set) var outcomes: [[String]]
  /// That ask for a value, and those that ask only which item is there.
  private(set) var gets = 0
  private(set) var peeks = 0
  /// The names that were written to each node and acknowledged.
  private var writes: [[String]] = [[], [], []]
  private(set) weak var batch: BatchRead?

  init(keys count: Int, _ change: (inout ChainSettings) -> Void = { _ in }) throws {
    let nodes = (1...3).map { NodeConfiguration(name: "n\($0)", host: "127.0.0.1", port: UInt16($0)) }
    var settings = ChainSettings()
    change(&settings)
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let pool = NodePool(
      nodes, replicas: settings.replicas, failoverLifetime: settings.failoverLifetime, now: loop.now,
      logger: logger)
    coordinator = Coordinator(
      pool: pool, settings: settings, clock: VersionClock(writer: 1), loop: loop, logger: logger)
    keys = try (0..<count).map { try Key("key-\($0)") }
    outcomes = Array(repeating: [], count: count)
  }

  /// Begins a batch of all keys; connections come about at once.
  func read() {
    outcomes = Array(repeating: [], count: keys.count)
    coordinator.isolated(self) { coordinator, harness in
      let batch = BatchRead(count: harness.keys.count, .configured, for: harness, on: coordinator)
      harness.batch = batch
      for (number, key) in harness.keys.enumerated() { batch.begin(key, number: number, on: coordinator) }
    }
    loop.runTurn()
    connect()
  }

  /// One node after the other answers all that it was asked, in pieces of so many bytes.
  func answer(pieces size: Int = .max, _ answer: (_ key: Int, _ link: Int) -> Answer) throws {
    for node in 0..<3 { try self.answer(node: node, pieces: size, answer) }
  }

  /// By the node's place in the pool.
  func answer(node: Int, pieces size: Int = .max, _ answer: (_ key: Int, _ link: Int) -> Answer) throws {
    guard let socket = socket(node) else { return }
    let commands = socket.takeSent().text.split(separator: "\r\n").map {
      $0.split(separator: " ").map(String.init)
    }
    let replies = try commands.flatMap { command in
      if command.first == "ms" { writes[node].append(command[1]) }
      return command.first == "mg" ? try reply(command, node, answer) : stored(command)
    }
    for start in stride(from: 0, to: replies.count, by: min(size, max(1, replies.count))) {
      socket.deliver(Array(replies[start..<min(replies.count, start + min(size, replies.count))]))
    }
    connect()
  }

  /// The connection to the node breaks.
  func breakConnection(node: Int) { socket(node)?.end() }

  func advance(_ duration: Duration) { loop.advance(duration) }

  /// What was sent to the node and not answered.
  func sent(node: Int) -> String { socket(node)?.sent.text ?? "" }

  /// Whether a link of a key has been brought up to date, or is being.
  func isRepaired(_ key: Int, link: Int) -> Bool {
    let (node, name) = (node(key, link: link), keys[key].description)
    return writes[node].contains(name) || sent(node: node).contains("ms \(name) ")
  }

  /// The node's place in the pool.
  func node(_ key: Int, link: Int) -> Int { chain(key)[link - 1] }

  private func chain(_ key: Int) -> [Int] {
    coordinator.pool.layout.current.order.chain(forKeyHash: keys[key].hash)
  }

  /// To a write; none to the value that follows it.
  private func stored(_ command: [String]) -> [UInt8] {
    guard command.first == "ms", let opaque = command.last else { return [] }
    return Array("HD \(opaque)\r\n".utf8)
  }

  private func reply(
    _ command: [String], _ node: Int, _ answer: (_ key: Int, _ link: Int) -> Answer
  ) throws -> [UInt8] {
    let key = try #require(keys.firstIndex { $0.description == command[1] })
    let link = try #require(chain(key).firstIndex(of: node)) + 1
    let isPeek = !command.contains("v")
    if isPeek { peeks += 1 } else { gets += 1 }
    let opaque = command.last ?? ""
    switch answer(key, link) {
    case .silence: return []
    case .miss: return Array("EN \(opaque)\r\n".utf8)
    case .damaged: return value(MetaValue([1, 2, 3], flags: 0xCA00_0000), opaque)
    case .record(let version, let body, let kind, let lifetime):
      let record = Record(
        kind: kind, version: Version(time: version, writer: 1), writtenAt: 0, body: Bytes(body))
      let set = RecordEncoder(record, for: keys[key]).set(.set, lifetime: lifetime, valueLifetime: lifetime)
      // A new item for each version.
      if isPeek { return Array("HD f\(set.clientFlags) c\(version) \(opaque)\r\n".utf8) }
      return value(MetaValue(stored: set, cas: version), opaque)
    }
  }

  private func value(_ value: MetaValue, _ opaque: String) -> [UInt8] {
    let lifetime = value.lifetime.seconds.map(String.init) ?? "-1"
    let line = "VA \(value.bytes.count) f\(value.clientFlags) t\(lifetime) c\(value.cas) \(opaque)\r\n"
    return Array(line.utf8) + value.bytes.array + [13, 10]
  }

  /// Connections that were begun come about.
  private func connect() {
    for socket in loop.sockets where socket.isConnecting { socket.finishConnecting() }
  }

  private func socket(_ node: Int) -> FakeSocket? {
    loop.sockets.last { Int($0.address.port) == node + 1 && !$0.isClosed }
  }

  // MARK: BatchReadReceiver

  func receive(_ value: ReadValue, number: Int, on coordinator: isolated Coordinator) {
    outcomes[number].append("\(value.version.time): \(Array(value.body).text)")
  }

  func receive(_ outcome: GetOutcome, number: Int, on coordinator: isolated Coordinator) {
    switch outcome {
    case .hit(let hit):
      outcomes[number].append(
        "\(hit.record.version.time): \(hit.record.body.array.text) from link \(hit.link)")
    case .lapsed: outcomes[number].append("lapsed")
    case .miss(let silent): outcomes[number].append("miss, silent: \(silent.count)")
    case .unreachable(let silent): outcomes[number].append("unreachable, silent: \(silent.count)")
    }
  }
}

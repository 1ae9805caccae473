import Logging
import Testing

@testable import GatewayCore

/// Writes of one key over three nodes whose replies the test gives by hand. Links are counted from 1.
final class PutHarness {
  let loop = FakeEventLoop()
  let key: Key
  /// The nodes in the order of the key's chain.
  private let chain: [Int]
  private let pool: NodePool
  private let coordinator: Coordinator
  private let outcomes = Journal<String>()

  /// Connections stand, the nodes have told their clocks, and nothing can be past the placement.
  init(_ change: (inout ChainSettings) -> Void = { _ in }) throws {
    let nodes = (1...3).map { NodeConfiguration(name: "n\($0)", host: "127.0.0.1", port: UInt16($0)) }
    var settings = ChainSettings()
    settings.failoverLifetime = .seconds(1)
    change(&settings)
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    pool = NodePool(
      nodes, replicas: settings.replicas, failoverLifetime: settings.failoverLifetime, now: loop.now,
      logger: logger)
    key = try Key("k")
    chain = pool.layout.current.order.chain(forKeyHash: key.hash)
    coordinator = Coordinator(
      pool: pool, settings: settings, clock: VersionClock(writer: 1), loop: loop, logger: logger)
    for node in pool.nodes { node.hasToldClock = true }
    try connect()
  }

  /// By a read that finds nothing.
  private func connect() throws {
    let (coordinator, key) = (coordinator, key)
    Task(executorPreference: loop) { await coordinator.read(key) }
    loop.runTurn()
    for link in 1...3 {
      for socket in loop.sockets where socket.isConnecting { socket.finishConnecting() }
      try reply(link, "EN")
    }
    loop.advance(.seconds(2))
  }

  func forgetCopies() { pool.knownCopies.forget(key) }

  func forgetClock(_ link: Int) { pool.nodes[chain[link - 1]].hasToldClock = false }

  func put() {
    let (coordinator, key, outcomes) = (coordinator, key, outcomes)
    Task(executorPreference: loop) { outcomes.append(await coordinator.put(key)) }
    loop.runTurn()
  }

  func delete() {
    let (coordinator, key, outcomes) = (coordinator, key, outcomes)
    Task(executorPreference: loop) { outcomes.append(await coordinator.remove(key)) }
    loop.runTurn()
  }

  func reply(_ link: Int, _ line: String) throws { try #require(socket(link)).answer(line) }

  /// To a question for the value: a copy so many seconds older than now.
  func replyWithCopy(_ link: Int, secondsOld: Int64, cas: UInt64) throws {
    try #require(socket(link)).answer(MetaValue(stored: copy(secondsOld), cas: cas))
  }

  /// To a question for the item only.
  func replyWithItem(_ link: Int, secondsOld: Int64, cas: UInt64) throws {
    try reply(link, "HD f\(copy(secondsOld).clientFlags) c\(cas)")
  }

  private func copy(_ secondsOld: Int64) -> MetaSet {
    let time = Int64(loop.wallClock.nanoseconds) - secondsOld * 1_000_000_000
    let version = Version(time: UInt64(time), writer: 9)
    let record = Record(kind: .value, version: version, writtenAt: 0, body: Bytes([1]))
    return RecordEncoder(record, for: key).set(.set, lifetime: .forever, valueLifetime: .forever)
  }

  /// What a link was sent since it last answered, up to the line's end.
  func sent(_ link: Int) -> String {
    let text = socket(link)?.sent.text ?? ""
    return String(text.prefix { $0 != "\r\n" && $0 != "\r" })
  }

  var answers: [String] { outcomes.all }

  private func socket(_ link: Int) -> FakeSocket? {
    loop.sockets.last { Int($0.address.port) == chain[link - 1] + 1 && !$0.isClosed }
  }
}

extension WriteOutcome {
  fileprivate var summary: String { failure.map { "\($0)" } ?? "\(standing)/\(wanted)" }
}

extension Coordinator {
  fileprivate func read(_ key: Key) async { _ = await get(key) }

  fileprivate func put(_ key: Key) async -> String { await put(key, .text("value")).summary }

  fileprivate func remove(_ key: Key) async -> String { await delete(key).summary }
}

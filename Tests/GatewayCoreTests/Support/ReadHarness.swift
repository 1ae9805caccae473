import Logging
import Testing

@testable import GatewayCore

/// One read over three nodes whose replies the test gives by hand.
final class ReadHarness {
  let loop = FakeEventLoop()
  let key: Key
  /// The nodes in the order of the key's chain.
  private let chain: [Int]
  private let coordinator: Coordinator
  private let pool: NodePool
  private let outcomes = Journal<String>()

  init(nodes count: Int = 3, _ change: (inout ChainSettings) -> Void = { _ in }) throws {
    let nodes = (1...count).map { NodeConfiguration(name: "n\($0)", host: "127.0.0.1", port: UInt16($0)) }
    var settings = ChainSettings()
    change(&settings)
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    pool = NodePool(
      nodes, replicas: settings.replicas, failoverLifetime: settings.failoverLifetime, now: loop.now,
      logger: logger)
    key = try Key("k")
    chain = pool.layout.current.order.chain(forKeyHash: key.hash)
    coordinator = Coordinator(
      pool: pool, settings: settings, clock: VersionClock(writer: 1), loop: loop, logger: logger)
  }

  /// Begins a read; connections come about at once.
  func read() {
    begin()
    loop.runTurn()
    connect()
  }

  /// Begins two reads in one turn.
  func readTwice() {
    begin()
    begin()
    loop.runTurn()
  }

  /// Begins a read, and another one from within its answer.
  func readTwiceOver() {
    let (outcomes, chain) = (outcomes, chain)
    ReadAgain(key, coordinator, times: 2) { outcomes.append(ReadHarness.text($0, chain)) }.read()
    loop.runTurn()
    connect()
  }

  private func begin() {
    let (coordinator, key, outcomes, chain) = (coordinator, key, outcomes, chain)
    Task(executorPreference: loop) { outcomes.append(await coordinator.outcome(key, chain)) }
  }

  /// Lets time pass.
  func advance(_ duration: Duration) {
    loop.advance(duration)
    connect()
  }

  /// Commands that wait for an answer.
  var commandCount: Int {
    loop.sockets.reduce(0) { $0 + $1.sent.text.split(separator: "mg ").count }
  }

  /// What the reads came to so far.
  var answers: [String] { outcomes.all }

  /// What was sent to a link since it last answered.
  func sent(_ link: Int) -> String { openSocket(link)?.sent.text ?? "" }

  /// The links that have been asked and have not answered yet, from 1.
  var asked: [Int] {
    (1...chain.count).filter { link in openSocket(link)?.sent.text.contains("mg ") == true }
  }

  /// Has a link answer that it has nothing.
  func miss(_ link: Int) throws { try deliver(link) { try $0.answer("EN") } }

  /// Has a link answer which item it has.
  func item(_ link: Int, version: UInt64, cas: UInt64) throws {
    let flags = RecordFormat.clientFlags(Version(time: version, writer: 1))
    try deliver(link) { try $0.answer("HD f\(flags) c\(cas)") }
  }

  /// A write leaves an item of this version on both links of the placement.
  func written(version: UInt64) {
    var entry = KnownCopies.Entry(key, Version(time: version, writer: 1))
    for slot in 0..<2 { entry.items[slot] = KnownItem(era: node(slot + 1).era, cas: 1) }
    pool.knownCopies.note(entry)
  }

  /// A write is missed by a link.
  func writeMissed(_ link: Int, version: UInt64) {
    node(link).missed.note(key.wireKey, Version(time: version, writer: 1))
  }

  /// A link is found to be down.
  func goesDown(_ link: Int) { pool.markDown(node(link), reason: "test", now: loop.now) }

  private func node(_ link: Int) -> Node { pool.layout.nodes[chain[link - 1]] }

  /// The connection to a link breaks.
  func breakConnection(_ link: Int) throws { try #require(openSocket(link)).end() }

  /// Has a link answer with something that should be a record and is none.
  func damaged(_ link: Int) throws {
    try deliver(link) { try $0.answer(MetaValue([1, 2, 3], flags: 0xCA00_0000)) }
  }

  /// Has a link begin to answer with a record of 100,000 bytes, of which so many arrive; the rest is to be delivered.
  func beginAnswer(_ link: Int, version: UInt64, arriving count: Int) throws -> [UInt8] {
    let record = Record(
      kind: .value, version: Version(time: version, writer: 1), writtenAt: 0,
      body: Bytes([UInt8].printable(100_000)))
    let set = RecordEncoder(record, for: key).set(.set, lifetime: .forever, valueLifetime: .forever)
    let value = MetaValue(stored: set, cas: 1)
    let socket = try #require(openSocket(link))
    let opaque = try #require(socket.opaques().last)
    _ = socket.takeSent()
    let line = "VA \(value.bytes.count) f\(value.clientFlags) t-1 c1 O\(opaque)\r\n"
    let answer = Array(line.utf8) + value.bytes.array + [13, 10]
    socket.deliver(Array(answer[..<count]))
    return Array(answer[count...])
  }

  /// More bytes of a link arrive.
  func deliver(_ link: Int, _ bytes: [UInt8]) throws { try deliver(link) { $0.deliver(bytes) } }

  /// Has a link answer with a record.
  func answer(
    _ link: Int, version: UInt64, _ kind: Record.Kind = .value, cas: UInt64 = 1, lifetime: Lifetime = .forever
  ) throws {
    let body = kind == .value ? Bytes(Array("body-\(version)".utf8)) : .empty
    let record = Record(kind: kind, version: Version(time: version, writer: 1), writtenAt: 0, body: body)
    let set = RecordEncoder(record, for: key).set(.set, lifetime: lifetime, valueLifetime: lifetime)
    try deliver(link) { try $0.answer(MetaValue(stored: set, cas: cas)) }
  }

  private func deliver(_ link: Int, _ answer: (FakeSocket) throws -> Void) throws {
    try answer(try #require(openSocket(link)))
    connect()
  }

  /// Connections that were begun come about.
  private func connect() {
    for socket in loop.sockets where socket.isConnecting { socket.finishConnecting() }
  }

  private func openSocket(_ link: Int) -> FakeSocket? {
    loop.sockets.last { Int($0.address.port) == chain[link - 1] + 1 && !$0.isClosed }
  }

  fileprivate static func text(_ outcome: GetOutcome, _ chain: [Int]) -> String {
    func links(_ names: [String]) -> [Int] {
      names.map { name in (chain.firstIndex { "n\($0 + 1)" == name } ?? 9) + 1 }.sorted()
    }
    switch outcome {
    case .hit(let hit): return "\(hit.record.body.array.text) from link \(hit.link)"
    case .lapsed(let hit): return "lapsed \(hit.record.body.array.text) from link \(hit.link)"
    case .miss(let silent): return "miss, silent: \(links(silent))"
    case .unreachable(let silent): return "unreachable, silent: \(links(silent))"
    }
  }
}

/// Reads a key, and again as soon as it hears of the outcome.
private final class ReadAgain: GetReceiver {
  private let key: Key
  private let coordinator: Coordinator
  private var times: Int
  private let record: (GetOutcome) -> Void

  init(_ key: Key, _ coordinator: Coordinator, times: Int, _ record: @escaping (GetOutcome) -> Void) {
    self.key = key
    self.coordinator = coordinator
    self.times = times
    self.record = record
  }

  func read() {
    times -= 1
    coordinator.isolated(self) { $0.get($1.key, for: $1) }
  }

  func receive(_ outcome: GetOutcome, at now: WallTime) {
    record(outcome)
    if times > 0 { read() }
  }
}

extension Coordinator {
  fileprivate func outcome(_ key: Key, _ chain: [Int]) async -> String {
    ReadHarness.text(await get(key), chain)
  }
}

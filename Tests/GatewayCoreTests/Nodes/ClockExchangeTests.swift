import Logging
import Testing

@testable import GatewayCore

/// Rule C7: what a gateway reads on a node of other gateways' clocks, and leaves there of its own.
struct ClockExchangeTests {
  private let loop = FakeEventLoop()
  private let clock = VersionClock(writer: 1)
  private let coordinator: Coordinator
  private let ends = Journal<Bool>()

  init() {
    let node = NodeConfiguration(name: "n", host: "127.0.0.1", port: 1)
    let logger = RecordedLog().logger
    let pool = NodePool([node], failoverLifetime: .seconds(600), now: loop.now, logger: logger)
    coordinator = Coordinator(pool: pool, settings: ChainSettings(), clock: clock, loop: loop, logger: logger)
  }

  /// Begins an exchange with the node, which has been asked then for what was left there.
  private func begin() throws -> FakeSocket {
    let (coordinator, ends) = (coordinator, ends)
    Task(executorPreference: loop) {
      await coordinator.exchangeClocks()
      ends.append(true)
    }
    loop.runTurn()
    let socket = try #require(loop.sockets.last)
    if socket.isConnecting { socket.finishConnecting() }
    #expect(socket.sent.text.hasPrefix("mg \(ReservedName.clock.bytes.text) "))
    return socket
  }

  private func expectEnd(_ socket: FakeSocket) {
    #expect(socket.sent.isEmpty)
    #expect(ends.all.count == 1)
  }

  /// A version of another gateway, so far from now.
  private func version(_ distance: Duration) -> Version {
    Version(time: UInt64(Int64(loop.wallClock.nanoseconds) + distance.inNanoseconds), writer: 2)
  }

  private func left(_ version: Version, cas: UInt64 = 1) -> MetaValue {
    let record = Record(kind: .value, version: version, writtenAt: 0, body: .empty)
    let encoder = RecordEncoder(record, for: ReservedName.clockKey)
    return MetaValue(stored: encoder.set(.set, lifetime: .forever, valueLifetime: .forever), cas: cas)
  }

  /// The words of the `ms` command that was sent, without opaque, and the version in its value.
  private func leaves(_ socket: FakeSocket) throws -> (words: [String], version: Version?) {
    let end = try #require(socket.sent.firstRange(of: [13, 10]))
    let words = Array(socket.sent[..<end.lowerBound]).text.split(separator: " ").map(String.init)
    let flags = try #require(words.first { $0.hasPrefix("F") }.flatMap { UInt32($0.dropFirst()) })
    let value = MetaValue(Array(socket.sent[end.upperBound...].dropLast(2)), flags: flags)
    let record = RecordDecoder.decode(value, for: ReservedName.clockKey)?.record
    return (words.dropLast(), record?.version)
  }

  @Test func `where nothing was left, it leaves what its own clock says, for good`() throws {
    let socket = try begin()
    try socket.answer("EN")
    let (words, version) = try leaves(socket)
    #expect(words.prefix(2) == ["ms", ReservedName.clock.bytes.text])
    #expect(words.contains("ME"))
    #expect(words.contains("T0"))
    #expect(version == clock.current(at: loop.wallClock))
    #expect(ends.all.isEmpty)
    try socket.answer("HD")
    expectEnd(socket)
  }

  @Test(arguments: [.nanoseconds(1), .milliseconds(100), .seconds(3600)] as [Duration])
  func `a version from ahead is learnt, and left as it is`(lead: Duration) throws {
    let ahead = version(lead)
    let socket = try begin()
    try socket.answer(left(ahead))
    expectEnd(socket)
    #expect(clock.next(at: loop.wallClock) > ahead)
  }

  @Test(arguments: [.milliseconds(100), .seconds(1), .seconds(7200)] as [Duration])
  func `one that lags behind is replaced by its own, and nothing else is`(lag: Duration) throws {
    let socket = try begin()
    try socket.answer(left(version(.zero - lag), cas: 77))
    let (words, version) = try leaves(socket)
    #expect(words.contains("C77"))
    #expect(version == Version(time: loop.wallClock.nanoseconds, writer: 1))
    // Another gateway was faster.
    try socket.answer("EX")
    expectEnd(socket)
  }

  @Test func `the node has told its clock once a version was read there, and for as long as one is`() throws {
    let node = coordinator.pool.nodes[0]
    #expect(!node.hasToldClock)
    try begin().answer(left(version(.zero)))
    #expect(node.hasToldClock)
    try begin().answer("EN")
    #expect(!node.hasToldClock)
  }

  @Test(arguments: [.zero, .milliseconds(99)] as [Duration])
  func `one that is as good as its own is not written anew with each probe`(lag: Duration) throws {
    let socket = try begin()
    try socket.answer(left(version(.zero - lag)))
    expectEnd(socket)
  }

  @Test(arguments: [0, 0xCA00_0000] as [UInt32])
  func `what is no version moves no clock, and is replaced`(flags: UInt32) throws {
    let socket = try begin()
    try socket.answer(MetaValue([UInt8](repeating: 0xFF, count: 40), flags: flags, cas: 5))
    let (words, version) = try leaves(socket)
    #expect(words.contains("C5"))
    #expect(version == Version(time: loop.wallClock.nanoseconds, writer: 1))
  }

  @Test func `a record of another key is none either`() throws {
    let record = Record(kind: .value, version: version(.seconds(3600)), writtenAt: 0, body: .empty)
    let set = RecordEncoder(record, for: try Key("clock"))
      .set(.set, lifetime: .forever, valueLifetime: .forever)
    let socket = try begin()
    try socket.answer(MetaValue(stored: set))
    #expect(try leaves(socket).version == Version(time: loop.wallClock.nanoseconds, writer: 1))
  }

  @Test func `on a node that answers with an error nothing is left`() throws {
    let socket = try begin()
    socket.deliver("SERVER_ERROR busy\r\n")
    #expect(socket.opaques().count == 1)
    #expect(ends.all.count == 1)
  }

  @Test func `nor on one that does not answer in time`() throws {
    let socket = try begin()
    loop.advance(.milliseconds(249))
    #expect(ends.all.isEmpty)
    loop.advance(.milliseconds(1))
    #expect(socket.opaques().count == 1)
    #expect(ends.all.count == 1)
  }
}

extension Coordinator {
  fileprivate func exchangeClocks() async {
    await exchangeClocks(link(to: 0), loop.now + settings.operationTimeout)
  }
}

import Logging
import Testing

@testable import GatewayCore

/// Batches of keys on their way from one node to another.
final class RelayBatchTests {
  private let loop = FakeEventLoop()
  private let pool: NodePool
  private let reader: RelayReader
  private let writer: RelayWriter
  private var isTargetUp = true
  /// The one that was begun last.
  private var batch: RelayBatch?

  init() throws {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    pool = NodePool(
      [
        NodeConfiguration(name: "a", host: "127.0.0.1", port: 11211),
        NodeConfiguration(name: "b", host: "127.0.0.1", port: 11212),
      ], failoverLifetime: .seconds(600), now: loop.now, logger: logger)
    reader = RelayReader(pool.nodes[0], patience: .seconds(10), on: loop)
    writer = RelayWriter(pool.nodes[1], patience: .seconds(10), on: loop)
  }

  /// Begins to move these keys, from node 0 to node 1.
  private func move(_ names: [String]) throws -> RelayBatch {
    var block = KeyBlock()
    for name in names { Array(name.utf8).withUnsafeBytes { block.append($0, size: 100) } }
    let batch = RelayBatch(block, validFor: .seconds(1), on: loop) { [unowned self] _ in
      isTargetUp ? writer : nil
    }
    block.visit { position, _, _ in batch.append(position, to: 1) }
    reader.fetch(batch)
    self.batch = batch
    loop.runTurn()
    try connect(0)
    return batch
  }

  private func socket(_ index: Int) throws -> FakeSocket {
    try #require(loop.sockets.indices.contains(index) ? loop.sockets[index] : nil)
  }

  private func connect(_ index: Int) throws {
    let socket = try socket(index)
    if socket.isConnecting { socket.finishConnecting() }
  }

  /// What the target was sent.
  private func sentToTarget() throws -> String {
    try connect(1)
    return try socket(1).takeSent().text
  }

  private func leftOver(_ batch: RelayBatch, of names: [String]) -> [String] {
    var block = KeyBlock()
    for name in names { Array(name.utf8).withUnsafeBytes { block.append($0, size: 100) } }
    return batch.leftOver.map { block.item(at: $0).name.text }
  }

  private static let record: [UInt8] = [1, 1] + Array(repeating: 0, count: 40)
  private static let recordFlags = RecordFormat.magic << 24

  private func deliver(_ value: [UInt8], flags: UInt32 = recordFlags, lifetime: String = "-1", _ opaque: Int)
    throws
  {
    let head = Array("VA \(value.count) f\(flags) t\(lifetime) O\(opaque)\r\n".utf8)
    try socket(0).deliver(head + value + [13, 10])
  }

  private var failure: SweepFailure? { batch?.failure }

  private var isOver: Bool { batch?.isOver == true }

  @Test func `values go on byte for byte, with a second less to live`() throws {
    let batch = try move(["k1", "k2"])
    #expect(try socket(0).takeSent().text == "mg k1 v f t u O0\r\nmg k2 v f t u O1\r\n")
    try deliver(Array("one".utf8), flags: 7, 0)
    #expect(try sentToTarget() == "ms k1 3 T0 F7 ME q O0\r\none\r\n")
    try deliver(Array("two".utf8), flags: 0, lifetime: "60", 1)
    #expect(try sentToTarget() == "ms k2 3 T59 F0 ME q O1\r\ntwo\r\nmn\r\n")
    #expect(!isOver)
    try socket(1).deliver("MN\r\n")
    #expect(failure == nil && isOver)
    let outcome = try #require(batch.outcomes.first)
    #expect(batch.outcomes.count == 1 && batch.leftOver.isEmpty)
    #expect(outcome.node == 1 && outcome.stored == 2 && outcome.present == 0 && outcome.bytes == 6)
  }

  @Test func `replies are taken whatever pieces they come in`() throws {
    _ = try move(["k1", "k2", "k3"])
    let replies = "VA 3 f1 t-1 O0\r\na\r\n\r\nEN O1\r\nVA 0 f0 t5 O2\r\n\r\n"
    for byte in replies.utf8 { try socket(0).deliver([byte]) }
    #expect(try sentToTarget() == "ms k1 3 T0 F1 ME q O0\r\na\r\n\r\nms k3 0 T4 F0 ME q O1\r\n\r\nmn\r\n")
    for byte in "MN\r\n".utf8 { try socket(1).deliver([byte]) }
    #expect(failure == nil && isOver)
  }

  @Test func `a value that is longer than any buffer goes on whole`() throws {
    _ = try move(["k"])
    let value = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 >> 3) }
    try deliver(value, flags: 0, 0)
    let expected = Array("ms k 3000000 T0 F0 ME q O0\r\n".utf8) + value + Array("\r\nmn\r\n".utf8)
    try connect(1)
    #expect(try socket(1).takeSent() == expected)
  }

  @Test func `what is not there, and what is in its last second, is not copied`() throws {
    _ = try move(["k1", "k2"])
    try socket(0).deliver("EN O0\r\n")
    try deliver(Array("x".utf8), flags: 0, lifetime: "1", 1)
    #expect(failure == nil && isOver)
    #expect(loop.sockets.count == 1)
  }

  @Test func `chunks, failover copies and what is no record are left over`() throws {
    let names = ["chunks", "failover", "short", "simple"]
    let batch = try move(names)
    try deliver(Self.record, flags: RecordFormat.chunksMagic << 24, 0)
    var failover = Self.record
    failover[RecordFormat.outlivesOffset + 3] = 9
    try deliver(failover, 1)
    try deliver(Array(Self.record.prefix(20)), 2)
    try deliver(Self.record, 3)
    #expect(try sentToTarget().hasPrefix("ms simple "))
    try socket(1).deliver("MN\r\n")
    #expect(failure == nil && isOver)
    #expect(leftOver(batch, of: names) == ["chunks", "failover", "short"])
  }

  @Test func `what the node has already, or does not take, is told`() throws {
    let batch = try move(["k1", "k2", "k3", "k4"])
    for number in 0..<4 { try deliver(Array("1234".utf8), flags: 0, number) }
    _ = try sentToTarget()
    try socket(1).deliver("NS O1\r\nSERVER_ERROR out of memory storing object\r\nMN\r\n")
    let outcome = try #require(batch.outcomes.first)
    #expect(outcome.added == 4 && outcome.present == 1 && outcome.stored == 2 && outcome.bytes == 8)
  }

  @Test func `what was read too long ago is left over`() throws {
    let batch = try move(["k1", "k2"])
    try deliver(Array("x".utf8), flags: 0, 0)
    loop.advance(.seconds(2))
    try deliver(Array("x".utf8), flags: 0, 1)
    _ = try sentToTarget()
    try socket(1).deliver("MN\r\n")
    #expect(failure == nil && isOver)
    #expect(leftOver(batch, of: ["k1", "k2"]) == ["k2"])
  }

  @Test(arguments: [
    "VA 1 f0 t-1 O9\r\nx\r\n", "EN O9\r\n", "HD O0\r\n", "VA 1 f0 t-1 O0\r\nxyz", "VA -1 f0 t-1 O0\r\n",
    "VA 1 f9999999999 t-1 O0\r\nx\r\n", "CLIENT_ERROR bad command line format\r\n", "VA 1 t-1 f0 O0\r\nx\r\n",
    String(repeating: "x", count: 3000),
  ])
  func `bytes that are no reply to the command end the connection, and nothing is stored`(reply: String)
    throws
  {
    _ = try move(["k"])
    try socket(0).deliver(reply)
    guard case .source = failure else {
      Issue.record("\(String(describing: failure))")
      return
    }
    #expect(try socket(0).wasAborted && loop.sockets.count == 1)
  }

  @Test(arguments: ["NS O1\r\n", "NS O\r\n", "HD O0\r\n", "ERROR\r\n", "MN\r\nMN\r\n"])
  func `nonsense from the target ends the connection`(reply: String) throws {
    _ = try move(["k"])
    try deliver(Array("x".utf8), flags: 0, 0)
    _ = try sentToTarget()
    try socket(1).deliver(reply)
    #expect(try socket(1).wasAborted)
    if !reply.hasPrefix("MN") {
      guard case .target(1, _) = failure else {
        Issue.record("\(String(describing: failure))")
        return
      }
    }
  }

  @Test func `a node that says nothing is given up after its patience`() throws {
    _ = try move(["k"])
    loop.advance(.seconds(9))
    #expect(!isOver)
    loop.advance(.seconds(2))
    #expect(failure == .source("it does not answer"))
  }

  @Test func `a target that is down fails the batch, and the next one begins anew`() throws {
    isTargetUp = false
    _ = try move(["k"])
    try deliver(Array("x".utf8), flags: 0, 0)
    #expect(failure == .target(1, "it is down"))
    isTargetUp = true
    _ = try move(["k"])
    try deliver(Array("x".utf8), flags: 0, 1)
    #expect(try sentToTarget() == "ms k 1 T0 F0 ME q O0\r\nx\r\nmn\r\n")
  }

  @Test func `what may still arrive at the target is waited for before it serves again`() throws {
    _ = try move(["k"])
    try deliver(Array("x".utf8), flags: 0, 0)
    _ = try sentToTarget()
    writer.close("it is down")
    loop.runTurn()
    #expect(failure == .target(1, "it is down"))
    #expect(try socket(1).wasAborted)
    #expect(pool.nodes[1].missed.formerPorts == [try socket(1).localPort])
  }

  @Test func `a batch without keys ends at once`() throws {
    let batch = RelayBatch(KeyBlock(), validFor: .seconds(1), on: loop) { _ in nil }
    reader.fetch(batch)
    #expect(batch.isRead && loop.sockets.isEmpty)
  }
}

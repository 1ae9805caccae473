import Logging
import Testing

@testable import GatewayCore

/// The table of a worker's reads, which keeps what it is made of for the next ones.
struct ReadsUnderWayTests {
  private let loop = FakeEventLoop()
  private let coordinator: Coordinator

  init() {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let pool = NodePool(
      [NodeConfiguration(name: "a", host: "127.0.0.1", port: 1)], failoverLifetime: .seconds(600),
      now: loop.now, logger: logger)
    coordinator = Coordinator(
      pool: pool, settings: ChainSettings(), clock: VersionClock(writer: 1), loop: loop, logger: logger)
  }

  private func begin(_ key: Key, in reads: inout ReadsUnderWay) -> DirectRead {
    reads.begin(key, for: NoReceiver(), at: loop.now, flushCount: 0, on: coordinator)
  }

  private func end(_ read: DirectRead, in reads: inout ReadsUnderWay) {
    #expect(read.finish(.miss(silent: [])))
    reads.end(read)
  }

  /// Keys that have the same place in the table.
  private static func collidingKeys(_ count: Int, in reads: borrowing ReadsUnderWay) throws -> [Key] {
    var found: [Key] = []
    let wanted = try reads.bucket(Key("0"))
    var number = 0
    while found.count < count {
      let key = try Key("\(number)")
      if reads.bucket(key) == wanted { found.append(key) }
      number += 1
    }
    return found
  }

  @Test(arguments: [[0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0]]) func `keys in one place are told apart`(
    order: [Int]
  ) throws {
    var reads = ReadsUnderWay(seed: 7)
    let keys = try Self.collidingKeys(3, in: reads)
    let begun = keys.map { begin($0, in: &reads) }
    for index in order {
      #expect(reads.find(keys[index]) === begun[index])
      end(begun[index], in: &reads)
      #expect(reads.find(keys[index]) == nil)
    }
  }

  @Test func `a read that has ended is used again`() throws {
    var reads = ReadsUnderWay(seed: 7)
    let (first, second) = (try Key("first"), try Key("second"))
    let read = begin(first, in: &reads)
    let use = read.use
    end(read, in: &reads)
    let next = begin(second, in: &reads)
    #expect(next === read && next.key == second && next.use > use)
    #expect(reads.find(first) == nil && reads.find(second) === next)
  }

  @Test func `a read is not used again before the last link has answered`() throws {
    var reads = ReadsUnderWay(seed: 7)
    let key = try Key("k")
    let read = begin(key, in: &reads)
    read.ask(InlineArray(repeating: 0), count: 2, known: nil, generation: 0)
    end(read, in: &reads)
    #expect(reads.find(key) == nil)
    #expect(begin(key, in: &reads) !== read)
  }
}

private final class NoReceiver: GetReceiver {
  func receive(_ outcome: GetOutcome, at now: WallTime) {}
}

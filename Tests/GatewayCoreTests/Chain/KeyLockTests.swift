import Testing

@testable import GatewayCore

/// The lock of a conditional write: link by link, in the chain's order.
struct KeyLockTests {
  private let start = Instant.seconds(1000)
  private let lock: KeyLock

  init() throws {
    lock = try Self.lock()
  }

  /// Its request may take a second, its lease 650 ms. Of two replicas over the nodes 3, 1, 0 and 2.
  private static func lock(
    _ key: String = "k", _ deadline: Instant = .seconds(1001),
    _ change: (inout ChainSettings) -> Void = { _ in }
  ) throws -> KeyLock {
    var settings = ChainSettings()
    change(&settings)
    let chain = PlacementWalk(nodes: [3, 1, 0, 2], replicas: settings.replicas)
    return try KeyLock(Key(key), chain, settings, now: .seconds(1000), deadline: deadline, token: 0xABCD)
  }

  private func everyone(_ node: Int) -> Bool { true }

  /// Tries the next link with this reply; the node that was tried, and whether somebody else has it there.
  private func take(
    _ reply: NodeReply?, of lock: KeyLock, down: Set<Int> = []
  ) throws -> (node: Int, isTaken: Bool) {
    let link = try #require(lock.nextLink(now: start) { !down.contains($0) })
    return (link.node, !lock.take(reply, from: link))
  }

  /// The same, where nobody else has it.
  private func takeFreely(_ reply: NodeReply?, of other: KeyLock? = nil, down: Set<Int> = []) throws -> Int {
    let (node, isTaken) = try take(reply, of: other ?? lock, down: down)
    #expect(!isTaken)
    return node
  }

  // MARK: Taking it

  @Test func `is taken on one link of the placement after the other`() throws {
    #expect(!lock.isHeld)
    #expect(try takeFreely(.stored) == 3)
    #expect(try takeFreely(.stored) == 1)
    #expect(lock.nextLink(now: start, where: everyone) == nil)
    #expect(lock.isHeld)
    #expect(lock.held.map(\.link.node) == [3, 1])
    #expect(lock.held.map(\.link.isNatural) == [true, true])
    #expect(lock.silent.isEmpty)
    #expect(!lock.wasContended)
  }

  @Test func `is waited for where somebody else has it, and not passed over`() throws {
    #expect(try takeFreely(.stored) == 3)
    for _ in 0..<5 {
      #expect(try take(.notStored, of: lock) == (1, true))
      #expect(!lock.isHeld)
    }
    #expect(lock.wasContended)
    #expect(try takeFreely(.stored) == 1)
    #expect(lock.nextLink(now: start, where: everyone) == nil)
    #expect(lock.isHeld)
  }

  @Test func `is taken on the next link where one does not answer`() throws {
    for reply in [.timedOut, .failure(.connectionLost), .failure(.unreachable), .success(.noop), nil]
      as [NodeReply?]
    {
      let lock = try Self.lock()
      #expect(try takeFreely(reply, of: lock) == 3)
      #expect(lock.silent.map(\.node) == [3])
      #expect(try takeFreely(.stored, of: lock) == 1)
      #expect(try takeFreely(.stored, of: lock) == 0)
      #expect(lock.nextLink(now: start, where: everyone) == nil)
      #expect(lock.isHeld)
      #expect(lock.held.map(\.link.node) == [1, 0])
      #expect(lock.held.map(\.link.isNatural) == [true, false])
      #expect(!lock.wasContended)
    }
  }

  @Test func `one that falls silent while it is waited for is passed over`() throws {
    #expect(try take(.notStored, of: lock) == (3, true))
    #expect(try takeFreely(.timedOut) == 3)
    #expect(try takeFreely(.stored) == 1)
  }

  @Test func `steps over links that are down`() throws {
    #expect(try takeFreely(.stored, down: [3, 0]) == 1)
    #expect(try takeFreely(.stored, down: [3, 0]) == 2)
    #expect(lock.silent.isEmpty)
  }

  @Test func `is held on fewer links where there are no more, and on none not at all`() throws {
    #expect(lock.nextLink(now: start) { _ in false } == nil)
    #expect(!lock.isHeld)
    let lock = try Self.lock()
    for node in [3, 1, 0] { #expect(try takeFreely(.timedOut, of: lock) == node) }
    #expect(try takeFreely(.stored, of: lock) == 2)
    #expect(lock.nextLink(now: start, where: everyone) == nil)
    #expect(lock.isHeld)
    #expect(lock.held.map(\.link.node) == [2])
  }

  @Test func `is not held while a link is still to be had`() throws {
    #expect(try takeFreely(.stored) == 3)
    _ = lock.nextLink(now: start, where: everyone)
    #expect(!lock.isHeld)
  }

  // MARK: Where others may have it

  @Test func `is looked for on the whole placement, whatever of it is held`() throws {
    #expect(lock.placement(where: everyone).map(\.node) == [3, 1])
    #expect(try takeFreely(.stored) == 3)
    #expect(lock.placement(where: everyone).map(\.node) == [3, 1])
    // To look moves nothing.
    #expect(try takeFreely(.stored) == 1)
  }

  @Test func `is looked for past links that are down or did not answer`() throws {
    #expect(lock.placement { $0 != 3 }.map(\.node) == [1, 0])
    #expect(try takeFreely(.timedOut) == 3)
    #expect(lock.placement { $0 != 1 }.map(\.node) == [0, 2])
  }

  // MARK: Its lease

  @Test func `changes nothing after two thirds of a request's time, nor after the request's end`() throws {
    #expect(lock.leaseEnd == start + .milliseconds(650))
    #expect(try Self.lock("k", start + .milliseconds(300)).leaseEnd == start + .milliseconds(300))
    let patient = try Self.lock("k", .seconds(1060)) { $0.requestTimeout = .seconds(60) }
    #expect(patient.leaseEnd == start + LockMark.longestLease)
  }

  @Test func `counts from when the first link may have it`() throws {
    _ = lock.nextLink(now: start + .milliseconds(200), where: everyone)
    #expect(lock.leaseEnd == start + .milliseconds(850))
    let link = try #require(lock.nextLink(now: start + .milliseconds(300), where: everyone))
    #expect(lock.take(.stored, from: link))
    _ = lock.nextLink(now: start + .milliseconds(400), where: everyone)
    #expect(lock.leaseEnd == start + .milliseconds(950))
  }

  @Test(arguments: [1, 50, 51, 500, 12_750] as [Int64])
  func `its mark tells the lease, rounded up to 50 ms`(milliseconds: Int64) {
    let mark = LockMark(token: .max, lease: .milliseconds(milliseconds))
    #expect(mark.lease >= .milliseconds(milliseconds))
    #expect(mark.lease < .milliseconds(milliseconds + 50))
    #expect(mark.clientFlags & 0xFF_FFFF == 0xFF_FFFF)
  }

  @Test func `begins again with the first link, a new lease and a new token, without links that were silent`()
    throws
  {
    #expect(try takeFreely(.timedOut) == 3)
    #expect(try takeFreely(.stored) == 1)
    #expect(try take(.notStored, of: lock) == (0, true))
    lock.startOver(now: start + .milliseconds(400), token: 0xBEEF)
    #expect(lock.held.isEmpty)
    #expect(!lock.isHeld)
    #expect(lock.mark == LockMark(token: 0xBEEF, lease: .milliseconds(650)))
    #expect(lock.item.clientFlags == lock.mark.clientFlags)
    #expect(lock.leaseEnd == .seconds(1001))
    #expect(lock.wasContended)
    #expect(try takeFreely(.stored) == 1)
    #expect(try takeFreely(.stored) == 0)
    #expect(lock.isHeld)
  }

  // MARK: Its item

  @Test(arguments: [Duration.milliseconds(1), .seconds(1), .milliseconds(1500), .seconds(60)])
  func `an item outlives its request, whose owner may be gone, by no more than a few seconds`(
    time: Duration
  ) throws {
    let item = try Self.lock { $0.requestTimeout = time }.item
    #expect(item.mode == .add)
    #expect(item.clientFlags & 0xFF_FFFF == 0xABCD)
    #expect(item.wantsNumber)
    #expect(item.head.isEmpty)
    #expect(item.body.array.isEmpty)
    // memcached counts the current second, so one less may be left.
    let seconds = try Duration.seconds(Int64(#require(item.lifetime.seconds)))
    #expect(seconds - .seconds(1) > time)
    #expect(seconds - .seconds(4) <= time)
  }

  @Test func `has a name for each key`() throws {
    #expect(try Self.lock("a").name == Self.lock("a").name)
    #expect(try Self.lock("a").name != Self.lock("b").name)
    #expect(try Self.lock("a").name != Key("a").wireKey)
  }
}

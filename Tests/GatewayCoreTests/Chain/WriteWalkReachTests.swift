import Testing

@testable import GatewayCore

/// Rules C2 and C3: what a write does past its key's first links.
struct WriteWalkReachTests {
  private let write: WriteHarness

  init() throws {
    write = try WriteHarness()
  }

  // MARK: Stand-ins

  @Test func `a link that fails is stepped over, and the next asked before it gets a failover copy`() throws {
    let write = try WriteHarness { $0.failoverLifetime = .seconds(100) }
    write.play(.miss, .miss)
    write.play(.done, .timedOut)
    #expect(write.round() == ["2 ask"])
    write.take(.item(write.version(-60), cas: 4))
    #expect(write.round() == ["2 replace 4"])
    #expect(try write.stored(2).lifetime == .seconds(100))
    // The value itself lives for ever.
    #expect(try write.record(2).lifetime == .forever)
    write.take(.done)
    #expect(write.round().isEmpty)
    #expect(write.walk.standing == 2)
    #expect(write.walk.acknowledged == [0, 2])
  }

  @Test func `a stand-in that has something newer counts as standing`() {
    write.play(.miss, .miss)
    write.play(.done, .timedOut)
    write.play(.item(write.version(1), cas: 4))
    #expect(write.round() == ["2 ask exactly"])
    write.take(write.copy(write.version(1), cas: 4))
    #expect(write.round().isEmpty)
    #expect(write.walk.standing == 2)
  }

  @Test func `links that are down or were silent are passed over`() throws {
    let write = try WriteHarness(links: 5, without: [1])
    write.down = [0, 3]
    #expect(write.round() == ["2 ask", "4 ask"])
  }

  @Test func `at the chain's end fewer copies stand`() throws {
    let write = try WriteHarness(links: 2)
    write.play(.timedOut, .miss)
    #expect(write.round() == ["1 add"])
    write.take(.done)
    #expect(write.round().isEmpty)
    #expect(write.outcome(quorum: 1).failure == nil)
    #expect(write.outcome(quorum: 1).standing == 1)
    #expect(write.outcome(quorum: 2).failure == .belowQuorum(standing: 1, quorum: 2))
  }

  @Test func `where no link answers, none could be reached`() {
    write.play(.timedOut, .failure(.unreachable))
    write.play(.failure(.connectionLost))
    #expect(write.round().isEmpty)
    #expect(write.outcome().failure == .unreachable)
    #expect(write.outcome().standing == 0)
    #expect(write.walk.acknowledged.isEmpty)
  }

  @Test func `without any link there is nothing to send`() {
    write.down = [0, 1, 2]
    #expect(write.round().isEmpty)
    #expect(write.outcome().failure == .unreachable)
  }

  @Test func `a quorum of none still needs one`() {
    write.down = [0, 1, 2]
    _ = write.round()
    #expect(write.outcome(quorum: 0).failure == .unreachable)
  }

  // MARK: The reach

  @Test func `links past the placement are asked, and lose what they hold`() throws {
    let write = try WriteHarness(links: 5)
    write.reachIsOpen = true
    #expect(write.round() == ["0 ask", "1 ask", "2 ask", "3 ask", "4 ask"])
    write.take(.miss, .miss, .item(write.version(-60), cas: 5), .miss, .plainItem(cas: 6))
    #expect(write.round() == ["0 add", "1 add", "2 remove 5", "4 remove 6"])
    write.take(.done, .done, .done, .notFound)
    #expect(write.round().isEmpty)
    #expect(write.walk.standing == 2)
    #expect(write.walk.acknowledged == [0, 1, 2, 3, 4])
  }

  @Test func `what changed there meanwhile is asked for exactly; something newer stays`() throws {
    let write = try WriteHarness(links: 4)
    write.reachIsOpen = true
    write.play(.miss, .miss, .item(write.version(-60), cas: 5), .item(write.version(-60), cas: 6))
    write.play(.done, .done, .exists, .exists)
    #expect(write.round() == ["2 ask exactly", "3 ask exactly"])
    write.take(write.copy(write.version(-1), cas: 7), write.copy(write.version(1), cas: 8))
    #expect(write.round() == ["2 remove 7"])
    write.take(.done)
    #expect(write.round().isEmpty)
    #expect(write.walk.acknowledged == [0, 1, 2, 3])
    // They hold no copy, whatever they were found to have.
    #expect(write.walk.standing == 2)
  }

  @Test func `a link that was to be cleared stands in for one that fails, and is asked anew`() throws {
    let write = try WriteHarness(links: 4)
    write.reachIsOpen = true
    write.play(.miss, .miss, .item(write.version(-60), cas: 5), .miss)
    write.play(.done, .timedOut, .done)
    #expect(write.round() == ["2 ask"])
    write.take(.miss)
    #expect(write.round() == ["2 add"])
    write.take(.done)
    #expect(write.round().isEmpty)
    #expect(write.walk.standing == 2)
  }

  @Test func `one that failed to be cleared does not stand in, and did not acknowledge`() throws {
    let write = try WriteHarness(links: 4)
    write.reachIsOpen = true
    write.play(.miss, .timedOut, .timedOut, .miss)
    #expect(write.round() == ["3 ask"])
    write.take(.miss)
    #expect(write.round() == ["0 add", "3 add"])
    write.take(.done, .done)
    #expect(write.round().isEmpty)
    #expect(write.walk.acknowledged == [0, 3])
  }
}

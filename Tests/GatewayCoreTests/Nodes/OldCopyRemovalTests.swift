import Testing

@testable import GatewayCore

struct OldCopyRemovalTests {
  private let missed = Version(time: 10, writer: 1)

  private func removal(_ keys: String...) throws -> OldCopyRemoval {
    OldCopyRemoval(
      Dictionary(uniqueKeysWithValues: try keys.map { (try Key($0).wireKey, missed) }))
  }

  @Test func `a plain item that is there is removed, and counted`() throws {
    let removal = try removal("a", "b")
    #expect(removal.nextRound().count == 2)
    removal.take([.success(.item(clientFlags: 0, cas: 5)), .success(.miss)])
    #expect(removal.nextRound().count == 1)
    #expect(removal.removed == 0)
    removal.take([.success(.done)])
    #expect(removal.nextRound().isEmpty)
    #expect(removal.removed == 1)
    #expect(removal.settled.count == 2)
    #expect(!removal.hasFailed)
  }

  @Test func `one that has gone before it could be removed is settled, but not counted`() throws {
    let removal = try removal("a")
    removal.take([.success(.item(clientFlags: 0, cas: 5))])
    removal.take([.success(.notFound)])
    #expect(removal.nextRound().isEmpty)
    #expect(removal.settled.count == 1)
    #expect(removal.removed == 0)
  }

  @Test func `one that was replaced meanwhile is looked at again`() throws {
    let removal = try removal("a")
    removal.take([.success(.item(clientFlags: 0, cas: 5))])
    removal.take([.success(.exists)])
    removal.take([.success(.item(clientFlags: 0, cas: 6))])
    removal.take([.success(.done)])
    #expect(removal.removed == 1)
  }

  @Test func `what was not answered is neither settled nor counted`() throws {
    let removal = try removal("a")
    removal.take([.success(.item(clientFlags: 0, cas: 5))])
    removal.take([.failure(.timedOut)])
    #expect(removal.nextRound().isEmpty)
    #expect(removal.hasFailed)
    #expect(removal.settled.isEmpty)
    #expect(removal.removed == 0)
  }
}

import Testing

@testable import GatewayCore

@Suite struct RestoreBoardTests {
  private let now = Instant.seconds(1)

  @Test func `a restore that is asked for while one is under way is that one`() {
    let board = RestoreBoard()
    board.markIsMissing()
    board.begin(now: now)
    board.update { $0.copied(keys: 7, bytes: 70, handled: (7, 70), now: now) }
    board.force()
    #expect(board.status(now: now)?.keysDone == 7 && !board.isForced)
    board.finish(now: now)
    #expect(board.status(now: now)?.keysDone == 7 && !board.isWanted)
  }

  @Test func `one that is asked for later begins anew`() {
    let board = RestoreBoard()
    board.begin(now: now)
    board.finish(now: now)
    board.force()
    #expect(board.isForced && board.isWanted && board.status(now: now)?.state == .waiting)
  }
}

import Testing

@testable import GatewayCore

@Suite struct TransferProgressTests {
  private let start = Instant.seconds(100)

  @Test func `what is to go is estimated from the share of the listed keys that qualified`() {
    var progress = TransferProgress(now: start)
    progress.sources[1] = .init(
      name: "b", items: 1000, bytes: 0, listed: 100, qualified: 50, qualifiedBytes: 5000, isListed: false)
    progress.current = 1
    progress.copied(keys: 20, bytes: 2000, handled: (20, 2000), now: start + .seconds(1))
    let status = progress.status(now: start + .seconds(1))
    #expect(status.keysDone == 20 && status.bytesDone == 2000)
    #expect(status.keysToGo == 480 && status.bytesToGo == 48_000)
    #expect(status.source == "b")
    #expect(status.bytesPerSecond == 2000)
    #expect(status.timeLeft == .seconds(24))
  }

  @Test func `a source that is listed to its end is no estimate any more`() {
    var progress = TransferProgress(now: start)
    progress.sources[1] = .init(
      name: "b", items: 1000, bytes: 0, listed: 100, qualified: 50, qualifiedBytes: 5000, isListed: true)
    #expect(progress.status(now: start).keysToGo == 50)
  }

  @Test func `the rate is that of the last seconds, and none before the first`() {
    var progress = TransferProgress(now: start)
    #expect(progress.status(now: start).bytesPerSecond == 0)
    #expect(progress.status(now: start).timeLeft == nil)
    for second in 1...10 {
      progress.copied(
        keys: 1, bytes: second < 5 ? 1000 : 10, handled: (1, 10), now: start + .seconds(Int64(second)))
    }
    #expect(progress.status(now: start + .seconds(10)).bytesPerSecond == 10)
  }

  @Test func `in the end there is nothing to go, and the time it took stays`() {
    var progress = TransferProgress(now: start)
    progress.copied(keys: 1, bytes: 10, handled: (1, 10), now: start)
    progress.finish(now: start + .seconds(7))
    let status = progress.status(now: start + .seconds(99))
    #expect(status.state == .done && status.keysToGo == 0 && status.timeTaken == .seconds(7))
  }
}

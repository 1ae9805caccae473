import GatewayCore
import Testing

@testable import CacheGateway

struct TransferTextTests {
  private func transfer(
    _ state: TransferStatus.State, _ change: (inout TransferStatus) -> Void = { _ in }
  ) -> TransferStatus {
    var transfer = TransferStatus(state: state)
    (transfer.keysDone, transfer.keysToGo) = (500_000, 1_500_000)
    (transfer.bytesDone, transfer.bytesToGo) = (512 << 20, 1536 << 20)
    (transfer.bytesPerSecond, transfer.timeLeft) = (128 << 20, .seconds(12))
    transfer.timeTaken = .seconds(4)
    change(&transfer)
    return transfer
  }

  @Test(arguments: [
    (0.0, "[----------]"), (0.5, "[#####-----]"), (0.999, "[#########-]"), (1, "[##########]"),
    (-1, "[----------]"), (7, "[##########]"),
  ])
  func `the bar is full when all is done, and not before`(fraction: Double, bar: String) {
    #expect(ProgressBar.text(fraction, width: 10) == bar)
  }

  @Test func `one that runs has a bar, keys, bytes, rate and time left`() {
    let line = TransferText.line("restore a", transfer(.running), width: 20)
    #expect(
      line
        == "restore a  [##--------]  25 %  500,000 of 2,000,000 keys  "
        + "512.0 MiB of 2.0 GiB  128.0 MiB/s  12.0 s left"
    )
  }

  @Test func `the bar fills the line, up to its longest`() {
    for width in [110, 120, 130] {
      #expect(TransferText.line("restore a", transfer(.running), width: width).count == width)
    }
    #expect(
      TransferText.line("restore a", transfer(.running), width: 500).contains(
        "[##########------------------------------]"))
  }

  @Test func `what is not known yet is not told`() {
    let line = TransferText.line("x", transfer(.running) { $0.timeLeft = nil })
    #expect(!line.contains("left"))
    #expect(TransferText.line("x", TransferStatus(state: .running)).contains("0 %  0 of 0 keys  0 B of 0 B"))
  }

  @Test func `one that waits or is interrupted says why`() {
    #expect(
      TransferText.line("x", transfer(.waiting) { $0.reason = "b comes first" })
        == "x  waiting: b comes first")
    #expect(TransferText.line("x", transfer(.waiting)) == "x  waiting")
    let interrupted = TransferText.line("x", transfer(.interrupted) { $0.reason = "b is down" })
    #expect(interrupted.hasSuffix("512.0 MiB of 2.0 GiB  interrupted: b is down"))
    #expect(!interrupted.contains("/s"))
  }

  @Test func `one that is done tells what it came to`() {
    let done = transfer(.done) { ($0.keysToGo, $0.bytesToGo) = (0, 0) }
    #expect(TransferText.line("x", done) == "x  done: 500,000 keys, 512.0 MiB in 4.0 s (128.0 MiB/s)")
    #expect(TransferText.summary(TransferStatus(state: .done)) == "0 keys, 0 B in 0 ms")
  }

  @Test func `as much is done as there are bytes, or keys where there are no bytes`() {
    #expect(transfer(.running).fraction == 0.25)
    #expect(
      transfer(.running) { ($0.bytesDone, $0.bytesToGo, $0.keysDone) = (0, 0, 1_500_000) }.fraction == 0.5)
    #expect(TransferStatus(state: .running).fraction == 0)
    #expect(TransferStatus(state: .done).fraction == 1)
  }

  @Test func `figures beyond all bounds do no harm`() {
    let line = TransferText.line(
      "x",
      transfer(.running) {
        ($0.keysDone, $0.keysToGo, $0.bytesDone, $0.bytesToGo) = (.max, .max, .max, 0)
      })
    #expect(line.contains("100 %"))
    #expect(
      TransferText.summary(transfer(.done) { ($0.bytesDone, $0.timeTaken) = (.max, .nanoseconds(1)) })
        .contains("PiB"))
  }
}

import GatewayCore

/// The value of the Date field (RFC 9110 section 6.6.1), written once a second. libmicrohttpd would write it for
/// every answer, by way of the system's calendar: one part in seventy of what a hit costs.
final class DateField {
  private let loop: any EventLoop
  /// The turn of the loop in which the clock was looked at last.
  private var turn: Instant?
  private var second: UInt64?
  private var text = HeaderText()

  init(loop: any EventLoop) {
    self.loop = loop
  }

  /// As of the loop's turn. Valid until the next call.
  var bytes: UnsafeRawBufferPointer {
    if turn != loop.now { update() }
    return text.bytes
  }

  private func update() {
    turn = loop.now
    let now = loop.wallClock.seconds
    guard second != now else { return }
    second = now
    text = HeaderText()
    HTTPDate.append(secondsSince1970: now, to: &text)
  }
}

/// A wait for some time that somebody may end before.
final class Pause: TimerTarget {
  private let loop: any EventLoop
  private var timer: TimerID?
  private var waiter: UnsafeContinuation<Void, Never>?

  init(_ loop: any EventLoop) {
    self.loop = loop
  }

  /// One task at a time waits.
  func wait(_ duration: Duration) async {
    timer = loop.schedule(at: loop.now + duration, self)
    await withUnsafeContinuation { waiter = $0 }
  }

  func end() {
    guard let timer else { return }
    loop.cancel(timer)
    timerFired()
  }

  func timerFired() {
    timer = nil
    waiter?.resume()
    waiter = nil
  }
}

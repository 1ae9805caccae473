import Dispatch
import Synchronization
import Testing

@testable import GatewayCore

/// A real event loop on a thread of its own. Ends with the test.
final class RunningLoop: Sendable {
  let loop: EpollEventLoop
  private let thread: LoopThread

  init() throws {
    let loop = try EpollEventLoop()
    self.loop = loop
    thread = try LoopThread { loop.run() }
  }

  /// Runs `test` beside the loop, which is stopped in any case.
  static func with<Result>(_ test: (RunningLoop) throws -> Result) throws -> Result {
    let running = try RunningLoop()
    defer { running.stop() }
    return try test(running)
  }

  func stop() {
    loop.stop()
    thread.join()
  }

  /// Runs `work` on the loop's thread and waits for its result.
  func perform<Result: Sendable>(_ work: @escaping @Sendable (EpollEventLoop) -> Result) throws -> Result {
    let journal = Journal<Result>()
    loop.post { [loop] in journal.append(work(loop)) }
    return try #require(journal.wait(for: 1).first)
  }

  /// Waits until what the kernel had to tell by now has been told.
  func finishTurn() throws {
    for _ in 0..<2 { _ = try perform { $0.flushCount } }
  }
}

/// What happened, in order, from any thread.
final class Journal<Entry: Sendable>: Sendable {
  /// Only a bug makes anybody wait as long.
  private static var patience: DispatchTime { .now() + .seconds(20) }

  private let entries = Mutex<[Entry]>([])
  private let added = DispatchSemaphore(value: 0)

  func append(_ entry: Entry) {
    entries.withLock { $0.append(entry) }
    added.signal()
  }

  var all: [Entry] { entries.withLock { $0 } }

  /// Waits until there are `count` entries; records an issue when they do not come.
  func wait(for count: Int) -> [Entry] {
    let deadline = Self.patience
    while all.count < count {
      if added.wait(timeout: deadline) == .timedOut {
        Issue.record("waited in vain: \(all.count) of \(count)")
        break
      }
    }
    return all
  }
}

/// Notes when it is called.
final class Note: TimerTarget, TurnParticipant, SocketHandler {
  private let action: () -> Void

  init(_ action: @escaping () -> Void) {
    self.action = action
  }

  func timerFired() { action() }

  func endOfTurn() { action() }

  func socketReady(_ readiness: Readiness) { action() }
}

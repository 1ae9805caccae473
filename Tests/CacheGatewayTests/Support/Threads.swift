import Foundation
import Synchronization

/// Clients that block, each on a thread of its own.
enum Threads {
  /// What went wrong first, from any thread.
  private final class FirstError: Sendable {
    let error = Mutex<(any Error)?>(nil)

    func note(_ error: any Error) { self.error.withLock { $0 = $0 ?? error } }
  }

  /// Runs `body` with the numbers below `count` at the same time; returns when all are done, and throws the
  /// first error of any.
  static func run(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
    let first = FirstError()
    let running = DispatchGroup()
    for number in 0..<count {
      running.enter()
      let thread = Thread {
        do { try body(number) } catch { first.note(error) }
        running.leave()
      }
      thread.start()
    }
    running.wait()
    if let error = first.error.withLock(\.self) { throw error }
  }
}

import Synchronization

/// What the workers of a gateway tell each other of leases. A gateway that is not asked for any does nothing
/// for them when a key is written, except to look here.
final class LeaseBoard: Sendable {
  /// Names a watcher, to end it.
  struct Watch: Hashable, Sendable {
    fileprivate let number: Int
  }

  /// Longer than any lease, and any wait for one, together.
  private static let memory = Duration.seconds(120)

  /// On the monotonic clock in nanoseconds.
  private let inUseUntil = Atomic<Int64>(.min)
  /// Keys that are waited for, counted by each worker.
  private let waitedFor = Atomic<Int>(0)
  private let watchers = Mutex<(last: Int, all: [Watch: @Sendable (Key) -> Void])>((0, [:]))

  /// Some lease of this pool may be held, as far as this gateway can know.
  func areInUse(now: Instant) -> Bool { now.nanoseconds < inUseUntil.load(ordering: .relaxed) }

  /// A client has asked for a lease.
  func noteUse(now: Instant) {
    inUseUntil.max((now + Self.memory).nanoseconds, ordering: .relaxed)
  }

  /// Calls `watcher` with keys that were written, on the thread that wrote them.
  func watch(_ watcher: @escaping @Sendable (Key) -> Void) -> Watch {
    watchers.withLock { watchers in
      watchers.last += 1
      let watch = Watch(number: watchers.last)
      watchers.all[watch] = watcher
      return watch
    }
  }

  func endWatch(_ watch: Watch) { watchers.withLock { $0.all[watch] = nil } }

  func beginWaiting() { waitedFor.add(1, ordering: .relaxed) }

  func endWaiting() { waitedFor.subtract(1, ordering: .relaxed) }

  func tellWritten(_ key: Key) {
    guard waitedFor.load(ordering: .relaxed) > 0 else { return }
    for watcher in watchers.withLock({ Array($0.all.values) }) { watcher(key) }
  }
}

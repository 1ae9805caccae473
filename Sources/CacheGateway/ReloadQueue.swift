import GatewayCore
import Synchronization

/// Configurations that the pool is to be changed to, one after the other: of those that wait, the last counts.
final class ReloadQueue: Sendable {
  private let state = Mutex((isUnderWay: false, waiting: Configuration?.none))

  /// Whether the caller is to take on what waits, until nothing does.
  func add(_ wanted: Configuration) -> Bool {
    state.withLock { state in
      state.waiting = wanted
      defer { state.isUnderWay = true }
      return !state.isUnderWay
    }
  }

  /// nil: there is no more to do.
  func next() -> Configuration? {
    state.withLock { state in
      let next = state.waiting
      state.waiting = nil
      state.isUnderWay = next != nil
      return next
    }
  }
}

import Synchronization

/// The keys whose latest write a node did not acknowledge (rule C8): what it holds under them may be old. They
/// are deleted from it before it serves reads again; the copies elsewhere, or nothing, are the truth.
///
/// In memory: a gateway that is started again knows nothing of what it missed before.
final class MissedWrites: Sendable {
  /// About 10 MB of usual keys for each node. Past that the node is emptied on its return.
  static let most = 100_000

  enum Batch: Equatable {
    case none
    case keys([WireKey])
    /// More than could be noted: whatever the node holds may be old.
    case everything
  }

  private struct State {
    var keys: Set<WireKey> = []
    var hasOverflowed = false
    var isEmpty: Bool { keys.isEmpty && !hasOverflowed }
  }

  private let state = Mutex(State())

  /// Notes a key unless `isUp`: then the caller has to see to it at once. The two are one step, so that no key
  /// is noted behind the back of a node that comes up.
  func note(_ key: WireKey, unless isUp: () -> Bool) -> Bool {
    state.withLock { state in
      if isUp() { return false }
      if state.keys.count < Self.most {
        state.keys.insert(key)
      } else {
        state.hasOverflowed = true
        state.keys = []
      }
      return true
    }
  }

  /// Takes out up to `count` keys. What could not be applied must be noted again.
  func take(_ count: Int) -> Batch {
    state.withLock { state in
      if state.hasOverflowed {
        state = State()
        return .everything
      }
      if state.keys.isEmpty { return .none }
      let keys = Array(state.keys.prefix(count))
      state.keys.subtract(keys)
      return .keys(keys)
    }
  }

  /// Everything counts as missed.
  func overflow() {
    state.withLock { $0 = State(hasOverflowed: true) }
  }

  /// The node's process has been started anew: it holds nothing that is old.
  func forget() {
    state.withLock { $0 = State() }
  }

  /// Calls `comeUp` if nothing is missed; false when something is.
  func finish(_ comeUp: () -> Void) -> Bool {
    state.withLock { state in
      if !state.isEmpty { return false }
      comeUp()
      return true
    }
  }
}

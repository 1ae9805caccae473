import Synchronization

/// What a gateway knows of one node's restore: the prober writes that one is needed, the mover how it goes, and
/// whoever asks reads.
final class RestoreBoard: Sendable {
  private struct State {
    var isWanted = false
    /// Asked for although the mark is there.
    var isForced = false
    var progress: TransferProgress?
    /// What a gateway that does not do it itself can tell.
    var waiting: TransferStatus?
  }

  private let state = Mutex(State())

  var isWanted: Bool { state.withLock { $0.isWanted || $0.isForced } }

  var isForced: Bool { state.withLock { $0.isForced } }

  /// The node holds all that it is to hold; another gateway may have seen to it.
  func markWasFound() {
    state.withLock { state in
      state.isWanted = false
      if !state.isForced, state.waiting != nil { state.waiting = TransferStatus(state: .done) }
    }
  }

  func markIsMissing() { state.withLock { $0.isWanted = true } }

  /// One that is under way is what was asked for.
  func force() {
    let isUnderWay = state.withLock { state in
      if state.progress?.isUnderWay == true { return true }
      state.isForced = true
      return false
    }
    if !isUnderWay { expect("it was asked for") }
  }

  /// What was done before is over: it is to begin soon.
  func expect(_ reason: String) {
    state.withLock { $0.progress = nil }
    wait(.waiting, reason)
  }

  /// It is done by another gateway, or cannot go on.
  func wait(_ status: TransferStatus.State, _ reason: String) {
    state.withLock { state in
      if state.progress != nil {
        state.progress?.state = status
        state.progress?.reason = reason
      } else {
        var waiting = TransferStatus(state: status)
        waiting.reason = reason
        state.waiting = waiting
      }
    }
  }

  func begin(now: Instant) {
    state.withLock { state in
      state.progress = TransferProgress(now: now)
      state.waiting = nil
    }
  }

  func update(_ change: (inout TransferProgress) -> Void) {
    state.withLock { state in
      if var progress = state.progress {
        change(&progress)
        state.progress = progress
      }
    }
  }

  /// The node has its mark.
  func finish(now: Instant) {
    state.withLock { state in
      state.isWanted = false
      state.isForced = false
      state.progress?.finish(now: now)
    }
  }

  /// Another gateway has taken it over.
  func handOver(_ reason: String) {
    state.withLock { $0.progress = nil }
    wait(.waiting, reason)
  }

  /// nil when it was never found to be needed.
  func status(now: Instant) -> TransferStatus? {
    state.withLock { state in state.progress?.status(now: now) ?? state.waiting }
  }
}

import Synchronization

/// What happened to a node since the gateway's start.
struct NodeCounters: ~Copyable, Sendable {
  /// It was found to be down.
  let falls = Atomic<Int>(0)
  /// It came up again.
  let returns = Atomic<Int>(0)
  /// It was emptied on its return.
  let flushes = Atomic<Int>(0)
  /// Copies that had missed a write, removed from it.
  let oldCopiesRemoved = Atomic<Int>(0)
}

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
  /// Copies brought to it because it had been emptied, and their bytes.
  let keysRestored = Atomic<Int>(0)
  let bytesRestored = Atomic<Int>(0)
  /// Copies past the natural placement, removed from it because that was whole again.
  let failoverCopiesRemoved = Atomic<Int>(0)
}

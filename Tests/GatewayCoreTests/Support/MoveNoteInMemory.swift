import Synchronization

@testable import GatewayCore

/// What outlives a gateway's end, without a disk.
final class MoveNoteInMemory: MoveNote {
  private let left = Mutex(PoolFingerprint?.none)

  func read() -> PoolFingerprint? { left.withLock { $0 } }

  func write(_ pool: PoolFingerprint?) { left.withLock { $0 = pool } }
}

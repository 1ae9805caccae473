import Synchronization

/// The large values that this gateway's clients are reading, on whichever worker: their chunks are not removed
/// meanwhile.
final class ChunkReaders: Sendable {
  private let counts = Mutex<[Version: Int]>([:])

  func begin(_ list: ChunkList) { counts.withLock { $0[list.id, default: 0] += 1 } }

  func end(_ list: ChunkList) {
    counts.withLock { counts in
      let count = (counts[list.id] ?? 0) - 1
      counts[list.id] = count > 0 ? count : nil
    }
  }

  func isRead(_ list: ChunkList) -> Bool { counts.withLock { $0[list.id] != nil } }
}

/// What came of copying a value's chunks to a node.
enum ChunkCopyResult {
  /// The node has all of them.
  case whole
  /// No node has some chunk any more: the value is gone.
  case missing
  /// The node has no room for one, or did not answer.
  case refused
}

/// A large value that is being copied to a node.
struct ChunkCopy: Hashable {
  let id: Version
  let node: Int
}

/// Copies of large values from link to link (rule C5).
extension Coordinator {
  /// Copies under way at a time on one worker, each with one chunk in memory. What is left out is made at the
  /// next read.
  private static let mostChunkCopies = 4

  /// Brings the chunks that `link` lacks from others, one after the other.
  /// `renewing`: those that it has are to live as long.
  func copyChunks(
    of list: ChunkList, _ key: Key, from sources: [Link], to link: Link, _ lifetime: Lifetime,
    renewing: Bool
  ) async -> ChunkCopyResult {
    let renewed = renewing ? lifetime : nil
    let replies = await askAbout(Array(0..<list.count), at: link) { .touch(list.name($0), renewed) }
    for (index, reply) in replies.enumerated() {
      switch reply {
      case .success(.done): continue
      case .success(.miss): break
      default: return .refused
      }
      guard let bytes = await fetch(index, of: list, key, from: sources) else { return .missing }
      let name = list.name(index)
      let set = ChunkFormat.set(bytes, .add, name, key, lifetime: lifetime)
      switch await askBulk([link], { _ in .set(name, set) })[0] {
      case .success(.done), .success(.notStored): continue
      default: return .refused
      }
    }
    return .whole
  }

  /// Repairs the link: first the chunks, then `storeRecord`, so that no record stands without them. nil: it has
  /// the record already.
  func repairChunks(
    of list: ChunkList, _ key: Key, from sources: [Link], to link: Link, _ lifetime: Lifetime,
    _ storeRecord: (() async -> Void)?
  ) async {
    let copy = ChunkCopy(id: list.id, node: link.node)
    guard chunkCopiesUnderWay.count < Self.mostChunkCopies, chunkCopiesUnderWay.insert(copy).inserted else {
      return
    }
    defer { chunkCopiesUnderWay.remove(copy) }
    let lifetime = chunkLifetime(lifetime, on: link)
    if await copyChunks(
      of: list, key, from: sources, to: link, lifetime, renewing: storeRecord != nil) == .whole
    {
      await storeRecord?()
    }
  }
}

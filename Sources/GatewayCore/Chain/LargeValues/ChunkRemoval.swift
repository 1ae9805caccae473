/// Chunks that no record names any more.
extension Coordinator {
  /// Readers of the value that has been replaced get so long to finish it.
  private static let graceOfReaders = Duration.seconds(10)
  /// However slow a reader is.
  private static let longestGrace = Duration.seconds(3600)
  private static let graceWhenCrowded = Duration.seconds(1)
  /// What waits to be removed, on one worker. Above that readers get less time, apart from this gateway's.
  private static let mostBytesToRemove: UInt64 = 256 << 20

  /// Of a value of this key that was replaced or deleted.
  func removeLater(_ superseded: [(link: Link, chunks: ChunkList)], of key: WireKey) {
    for (link, list) in superseded {
      Task.immediate(executorPreference: loop) { await removeLater(list, at: link, of: key) }
    }
  }

  /// The chunks expire by themselves should the gateway die meanwhile.
  private func removeLater(_ list: ChunkList, at link: Link, of key: WireKey) async {
    bytesToRemove += list.length
    defer { bytesToRemove -= list.length }
    let limit = loop.now + Self.longestGrace
    repeat {
      let lifetime = Lifetime(Self.graceOfReaders * 2)
      _ = await askAbout(Array(0..<list.count), at: link) { .touch(list.name($0), lifetime) }
      let isCrowded = bytesToRemove > Self.mostBytesToRemove
      await loop.sleep(isCrowded ? Self.graceWhenCrowded : Self.graceOfReaders)
      if isStopped { return }
    } while pool.chunkReaders.isRead(list) && loop.now < limit
    if await !keep(list, at: link, of: key) { await removeNow(list, at: link) }
  }

  /// Where a repair has brought the record back from another link, its chunks live as long as it does.
  private func keep(_ list: ChunkList, at link: Link, of key: WireKey) async -> Bool {
    guard case .success(let reply) = await askBulk([link], { _ in .get(key) })[0] else { return true }
    guard case .value(let record) = reply, RecordDecoder.chunks(of: record) == list else { return false }
    let lifetime = Self.chunkLifetime(record.lifetime)
    _ = await askAbout(Array(0..<list.count), at: link) { .touch(list.name($0), lifetime) }
    return true
  }

  /// Of an upload that came to nothing: nobody reads them.
  func remove(_ list: ChunkList, at links: [Link]) {
    for link in links {
      Task.immediate(executorPreference: loop) { await removeNow(list, at: link) }
    }
  }

  private func removeNow(_ list: ChunkList, at link: Link) async {
    _ = await askAbout(Array(0..<list.count), at: link) { .delete(list.name($0)) }
  }
}

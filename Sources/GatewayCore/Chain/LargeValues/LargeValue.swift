/// A value in chunks, opened for reading: each of them stood on some link then.
public final class LargeValue {
  /// In bytes.
  public var length: UInt64 { list.length }
  let list: ChunkList
  let key: Key
  /// In the order in which they are asked.
  let links: [Link]
  /// By chunk: which of `links` has it.
  fileprivate(set) var places: [UInt8]
  private let readers: ChunkReaders

  fileprivate init(_ list: ChunkList, _ key: Key, _ links: [Link], _ readers: ChunkReaders) {
    self.list = list
    self.key = key
    self.links = links
    self.readers = readers
    places = Array(repeating: 0, count: list.count)
    readers.begin(list)
  }

  deinit { readers.end(list) }

  /// The chunks that hold these bytes.
  public func chunks(of range: Range<UInt64>) -> Range<Int> { list.chunks(of: range) }

  /// What the chunk holds of the value.
  public func range(_ chunk: Int) -> Range<UInt64> { list.range(chunk) }
}

/// Reads of values larger than an item (rule C4).
extension Coordinator {
  /// Links beyond these are not asked for chunks.
  private static let mostChunkLinks = 8

  /// Makes sure that every chunk is there, so that the answer is the whole value or a miss; nil: a miss. What
  /// a link has lost is brought back to it from another one, in the background.
  public func open(_ hit: Hit, _ key: Key) async -> LargeValue? {
    guard let list = hit.record.chunks else { return nil }
    let value = LargeValue(list, key, chunkLinks(key, first: hit.link - 1), pool.chunkReaders)
    var missing = Array(0..<list.count)
    var incomplete: [Link] = []
    for (place, link) in value.links.enumerated() where !missing.isEmpty {
      let replies = await askAbout(missing, at: link) { .touch(list.name($0), nil) }
      var stillMissing: [Int] = []
      for (chunk, reply) in zip(missing, replies) {
        if case .success(.done) = reply {
          value.places[chunk] = UInt8(place)
        } else {
          stillMissing.append(chunk)
        }
      }
      if !stillMissing.isEmpty { incomplete.append(link) }
      missing = stillMissing
    }
    guard missing.isEmpty else { return nil }
    bringBackChunks(value, hit, to: incomplete)
    return value
  }

  /// The next bytes of a value that is being read; nil when they were lost meanwhile.
  public func chunk(_ index: Int, of value: LargeValue) async -> Bytes? {
    let first = value.links[Int(value.places[index])]
    return await fetch(
      index, of: value.list, value.key, from: [first] + value.links.filter { $0 != first })
  }

  /// The link whose record was read, then the others where copies can be.
  func chunkLinks(_ key: Key, first position: Int) -> [Link] {
    var chain = chain(for: key)
    let reach = pool.reachIsOpen(now: loop.now) ? Int.max : max(settings.replicas, position + 1)
    let all = chain.next(pool.nodes.count) { _ in true }
    let links = all.filter { isUp($0.node) && $0.position < reach && $0.position != position }
    return Array((all.filter { $0.position == position } + links).prefix(Self.mostChunkLinks))
  }

  private func bringBackChunks(_ value: LargeValue, _ hit: Hit, to links: [Link]) {
    for link in links where link.isNatural && isUp(link.node) {
      Task.immediate(executorPreference: loop) {
        let sources = value.links.filter { $0 != link }
        await repairChunks(of: value.list, value.key, from: sources, to: link, hit.lifetime) {}
      }
    }
  }
}

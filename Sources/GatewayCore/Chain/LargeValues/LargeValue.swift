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

/// What a read of a value in chunks came to.
public enum OpenedValue {
  case large(Hit, LargeValue)
  /// There is none any more, but this.
  case other(GetOutcome)
}

/// Which nodes did not tell whether they have a chunk that no other has.
private struct ChunkSilence: Error {
  private(set) var nodes: [String] = []
  /// A node said that it does not have it.
  var someoneAnswered = false

  mutating func add(_ node: String) {
    if nodes.last != node { nodes.append(node) }
  }

  /// A miss and a failure are never confused (rule C4).
  var outcome: GetOutcome {
    nodes.isEmpty || someoneAnswered ? .miss(silent: nodes) : .unreachable(silent: nodes)
  }
}

/// Reads of values larger than an item (rule C4).
extension Coordinator {
  /// Links beyond these are not asked for chunks.
  private static let mostChunkLinks = 8

  /// A value that is replaced all the time is opened so often anew.
  private static let mostAttempts = 8

  /// Opens what was found, or what has taken its place meanwhile: the answer is a whole value or a miss.
  public func open(_ first: Hit, _ key: Key, _ mode: ReadMode) async -> OpenedValue {
    var hit = first
    var missing = GetOutcome.miss(silent: [])
    for _ in 0..<Self.mostAttempts {
      switch await value(hit, key) {
      case .success(let value): return .large(hit, value)
      case .failure(let silence): missing = silence.outcome
      }
      let outcome = await get(key, mode)
      guard case .hit(let next) = outcome else { return .other(outcome) }
      // Nor is an older one in its place, which another link may still have.
      if next.record.version <= hit.record.version { break }
      if next.record.chunks == nil { return .other(outcome) }
      hit = next
    }
    return .other(missing)
  }

  /// Fails when a chunk is on none of the links that answered. What a link of the placement has lost is brought
  /// back to it from another one, in the background.
  private func value(_ hit: Hit, _ key: Key) async -> Result<LargeValue, ChunkSilence> {
    guard let list = hit.record.chunks else { return .failure(ChunkSilence()) }
    let value = LargeValue(list, key, chunkLinks(key, first: hit.link - 1), pool.chunkReaders)
    var missing = Array(0..<list.count)
    var silence = ChunkSilence()
    for (place, link) in value.links.enumerated() where !missing.isEmpty {
      let replies = await askAbout(missing, at: link) { .touch(list.name($0), nil) }
      var stillMissing: [Int] = []
      for (chunk, reply) in zip(missing, replies) {
        switch reply {
        case .success(.done): value.places[chunk] = UInt8(place)
        case .success(.miss):
          silence.someoneAnswered = true
          stillMissing.append(chunk)
        default:
          silence.add(name(link))
          stillMissing.append(chunk)
        }
      }
      missing = stillMissing
    }
    if missing.isEmpty {
      bringBackChunks(value, hit)
      return .success(value)
    }
    if silence.nodes.isEmpty, hasAskedAll(value) { forget(hit, key) }
    return .failure(silence)
  }

  /// No link of the placement is down, which may have all of it.
  private func hasAskedAll(_ value: LargeValue) -> Bool {
    var chain = chain(for: value.key)
    return chain.next(chain.replicas, where: { _ in true }).allSatisfy { value.links.contains($0) }
  }

  /// A record whose chunks are gone stands for nothing: for conditional writes, too, it is to be a miss. It is
  /// deleted, not just removed, so that no older copy comes to light.
  private func forget(_ hit: Hit, _ key: Key) {
    let version = hit.record.version
    Task.immediate(executorPreference: loop) { _ = await delete(key, if: .matches([.version(version)])) }
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
    let reach = pool.reachIsOpen(now: loop.now) ? Int.max : max(chain.replicas, position + 1)
    let all = chain.next(.max) { _ in true }
    let links = all.filter { isUp($0.node) && $0.position < reach && $0.position != position }
    return Array((all.filter { $0.position == position } + links).prefix(Self.mostChunkLinks))
  }

  private func bringBackChunks(_ value: LargeValue, _ hit: Hit) {
    for link in value.links where link.isNatural {
      Task.immediate(executorPreference: loop) {
        let sources = value.links.filter { $0 != link }
        await repairChunks(of: value.list, value.key, from: sources, to: link, hit.kept, nil)
      }
    }
  }
}

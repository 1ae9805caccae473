/// Rids one node of the copies that missed a write, in rounds: asks what it holds, and removes exactly that where
/// it is not newer than the write. A pure value of the exchange: the caller sends and receives.
final class OldCopyRemoval {
  private enum Step {
    case ask
    /// The client flags left open whether the copy is newer.
    case askExactly
    case remove(cas: UInt64)
  }

  private struct Item {
    let key: WireKey
    let version: Version
    var step = Step.ask
    var chunks: ChunkList?
  }

  private var items: [Item]
  private(set) var settled: [WireKey: Version] = [:]
  /// Of large values whose records were removed.
  private(set) var superseded: [(key: WireKey, chunks: ChunkList)] = []
  /// Copies that were there and are not any more.
  private(set) var removed = 0
  /// The node did not answer everything.
  private(set) var hasFailed = false

  init(_ keys: [WireKey: Version]) {
    // In an order that follows from the keys alone, so that simulated runs can be replayed.
    items = keys.map { Item(key: $0.key, version: $0.value) }
      .sorted { $0.key.bytes.lexicographicallyPrecedes($1.key.bytes) }
  }

  /// One command for each key that is not settled; none at the end.
  func nextRound() -> [MetaCommand] {
    items.map { item in
      switch item.step {
      case .ask: .peek(item.key)
      case .askExactly: .get(item.key)
      case .remove(let cas): .delete(item.key, cas: cas)
      }
    }
  }

  /// In the order of the round.
  func take(_ replies: [NodeReply?]) {
    var open: [Item] = []
    for (var item, reply) in zip(items, replies) {
      if advance(&item, reply) { open.append(item) }
    }
    items = open
  }

  /// False when the key needs nothing more.
  private func advance(_ item: inout Item, _ reply: NodeReply?) -> Bool {
    switch (item.step, reply) {
    case (.ask, .success(.item(let flags, let cas))):
      let isOlder =
        !RecordFormat.isRecord(flags)
        || VersionStamp(clientFlags: flags).isBefore(item.version)
          && !RecordFormat.namesChunks(flags)
      item.step = isOlder ? .remove(cas: cas) : .askExactly
    case (.askExactly, .success(.value(let value))):
      if let version = RecordDecoder.version(of: value), version > item.version { return settle(item) }
      item.chunks = RecordDecoder.chunks(of: value)
      item.step = .remove(cas: value.cas)
    case (.remove, .success(.exists)): item.step = .ask
    case (.remove, .success(.done)):
      removed += 1
      if let chunks = item.chunks { superseded.append((item.key, chunks)) }
      return settle(item)
    case (_, .success(.miss)), (.remove, .success(.notFound)): return settle(item)
    default:
      hasFailed = true
      return false
    }
    return true
  }

  private func settle(_ item: Item) -> Bool {
    settled[item.key] = item.version
    return false
  }
}

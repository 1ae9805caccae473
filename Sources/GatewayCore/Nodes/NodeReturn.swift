/// What happens between a node's answering again and its serving again (rule C10).
extension Coordinator {
  /// Deletes in flight at a time: a few milliseconds of a node's work.
  private static let batch = 512

  /// Brings a node up that answers again, once nothing old can be read from it. False when it failed
  /// meanwhile.
  func bringBack(_ link: NodeLink) async -> Bool {
    let node = link.node
    if node.isNewProcess { node.missed.forget() }
    while await isDrained(link), await applyMissedWrites(link) {
      if node.missed.finish({ pool.markUp(node, now: loop.now) }) { return true }
    }
    return false
  }

  /// Waits until no worker's connection holds commands from before the node went down: they would overwrite
  /// what is written after its return.
  private func isDrained(_ link: NodeLink) async -> Bool {
    let deadline = loop.now + settings.operationTimeout
    while link.node.isDraining {
      if loop.now >= deadline { return false }
      await loop.sleep(.milliseconds(1))
    }
    return true
  }

  private func applyMissedWrites(_ link: NodeLink) async -> Bool {
    while true {
      switch link.node.missed.take(Self.batch) {
      case .none: return true
      case .everything:
        if await empty(link) { continue }
        link.node.missed.overflow()
        return false
      case .keys(let keys):
        if await delete(keys, from: link) { continue }
        for key in keys { _ = link.node.missed.note(key, unless: { false }) }
        return false
      }
    }
  }

  private func empty(_ link: NodeLink) async -> Bool {
    let fanOut = FanOut(count: 1, loop: loop)
    send(.flushAll, over: link, to: fanOut, slot: 0, deadline: loop.now + settings.operationTimeout)
    await fanOut.all()
    guard case .success(.done) = fanOut.replies[0] else { return false }
    return true
  }

  private func delete(_ keys: [WireKey], from link: NodeLink) async -> Bool {
    let fanOut = FanOut(count: keys.count, loop: loop)
    let deadline = loop.now + settings.operationTimeout
    for (slot, key) in keys.enumerated() {
      send(.delete(key), over: link, to: fanOut, slot: slot, deadline: deadline)
    }
    await fanOut.all()
    return fanOut.replies.allSatisfy(Self.isAcknowledged)
  }

  // MARK: Noting

  /// Makes sure that nobody reads old data from a node that did not acknowledge a write.
  func noteMissedWrite(_ key: Key, at node: Int) {
    if pool.nodes[node].noteMissed(key.wireKey) { return }
    // It is up all the same: the connection is in order, so a delete comes after whatever it missed.
    Task.immediate(executorPreference: loop) { await deleteUntilAcknowledged(key, at: node) }
  }

  private func deleteUntilAcknowledged(_ key: Key, at node: Int) async {
    repeat {
      if await delete([key.wireKey], from: link(to: node)) { return }
    } while !isStopped && !pool.nodes[node].noteMissed(key.wireKey)
  }

  /// The node has done what was asked, or there was nothing to do.
  static func isAcknowledged(_ reply: NodeReply?) -> Bool {
    switch reply {
    case .success(.done), .success(.notFound): true
    default: false
    }
  }
}

/// Why a node that answers again cannot serve yet.
enum ReturnFailure: String, Error {
  case draining = "connections hold commands from before that it has not answered"
  case connections = "it did not say which connections it has left from before"
  case flush = "it could not be flushed"
  case removal = "not all of its old copies could be removed"
}

/// What happens between a node's answering again and its serving again (rule C10).
extension Coordinator {
  /// How long to wait for connections that the node seems to have kept from before.
  static let returnPatience = Duration.seconds(10)

  /// Brings a node up that answers again, once nothing old can be read from it. Throws when that cannot be
  /// made sure.
  func bringBack(_ link: NodeLink) async throws(ReturnFailure) {
    let node = link.node
    pool.markReturning(node, now: loop.now)
    defer { node.endReturning() }
    // What it missed is applied to a new process, too: another gateway may have found it before this one.
    if node.isNewProcess { node.missed.connectionsEnded(node.missed.formerPorts) }
    if await !isDrained(link) {
      pool.giveUpDraining(node)
      guard await isDrained(link) else { throw .draining }
    }
    guard await formerConnectionsEnded(link) else { throw .connections }
    repeat { try await applyMissedWrites(link) } while !comesUp(node)
  }

  /// Unless something was missed meanwhile.
  private func comesUp(_ node: Node) -> Bool {
    let isUp = node.missed.finish { pool.markUp(node, now: loop.now) }
    if isUp { node.acceptProcess() }
    return isUp
  }

  // MARK: The barrier

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

  /// Waits until the node has none of the connections any more that were closed on this side, or by the end of
  /// an earlier run of the gateway: it carries out what it had received over them first.
  private func formerConnectionsEnded(_ link: NodeLink) async -> Bool {
    guard settings.protections.contains(.returnBarrier) else { return true }
    let limit = loop.now + Self.returnPatience
    while case let former = link.node.missed.formerPorts, !former.isEmpty {
      guard let remaining = await connections(at: link) else { return false }
      link.node.missed.connectionsEnded(former.subtracting(remaining))
      if remaining.isDisjoint(with: former) { return true }
      if loop.now >= limit {
        // Of another client that happens to have the same port.
        link.node.missed.connectionsEnded(former)
        return true
      }
      await loop.sleep(.milliseconds(10))
    }
    return true
  }

  /// The ports that the node's clients have connected from; nil when it does not answer.
  private func connections(at link: NodeLink) async -> Set<UInt16>? {
    let fanOut = FanOut(count: 1, loop: loop)
    let deadline = loop.now + settings.operationTimeout
    send(.statistics("conns"), over: link, to: fanOut, slot: 0, deadline: deadline)
    await fanOut.all()
    guard case .success(.statistics(let statistics)) = fanOut.replies[0] else { return nil }
    // "26:addr" and "tcp:127.0.0.1:50404"
    return Set(
      statistics.compactMap { name, value in
        name.hasSuffix(":addr") ? value.split(separator: ":").last.flatMap { UInt16($0) } : nil
      })
  }

  // MARK: Missed writes

  private func applyMissedWrites(_ link: NodeLink) async throws(ReturnFailure) {
    while true {
      switch link.node.missed.next() {
      case .none: return
      case .everything: guard await empty(link) else { throw .flush }
      case .keys(let keys): guard await removeOld(keys, from: link) else { throw .removal }
      }
    }
  }

  private func empty(_ link: NodeLink) async -> Bool {
    let fanOut = FanOut(count: 1, loop: loop)
    send(.flushAll, over: link, to: fanOut, slot: 0, deadline: loop.now + settings.operationTimeout)
    await fanOut.all()
    guard case .success(.done) = fanOut.replies[0] else { return false }
    link.node.missed.settleAll()
    pool.noteFlush(of: link.node)
    return true
  }

  /// Removes what the node holds under these keys unless it is newer than what was missed. False when the node
  /// did not answer everything.
  private func removeOld(_ keys: [WireKey: Version], from link: NodeLink) async -> Bool {
    let removal = OldCopyRemoval(keys)
    while case let round = removal.nextRound(), !round.isEmpty {
      let fanOut = FanOut(count: round.count, loop: loop)
      let deadline = loop.now + settings.operationTimeout
      for (slot, command) in round.enumerated() {
        send(command, over: link, to: fanOut, slot: slot, deadline: deadline)
      }
      await fanOut.all()
      removal.take(fanOut.replies)
    }
    link.node.missed.settle(removal.settled)
    let place = Link(position: 0, node: link.node.index, isNatural: true)
    for (key, chunks) in removal.superseded { removeLater([(place, chunks)], of: key) }
    link.node.counters.oldCopiesRemoved.add(removal.removed, ordering: .relaxed)
    return !removal.hasFailed
  }

  // MARK: Noting

  /// Makes sure that nobody reads old data from a node that did not acknowledge a write.
  func noteMissedWrite(_ key: Key, _ version: Version, at node: Int) {
    guard settings.protections.contains(.journal) else { return }
    // One that has left is emptied should it come back.
    if links[node].node.isGone { return }
    links[node].node.missed.note(key.wireKey, version)
    guard isUp(node) else { return }
    // What is sent now comes after whatever the node missed, as long as that was over the same connection.
    Task.immediate(executorPreference: loop) { await removeOldWhileUp(key.wireKey, version, at: node) }
  }

  /// Once the node is down, its return sees to it.
  private func removeOldWhileUp(_ key: WireKey, _ version: Version, at node: Int) async {
    while !isStopped, isUp(node) {
      if await formerConnectionsEnded(link(to: node)), await removeOld([key: version], from: link(to: node)) {
        return
      }
      await loop.sleep(.milliseconds(1))
    }
  }
}

/// What a write came to.
public struct WriteOutcome {
  public enum Failure: Sendable {
    /// Fewer links acknowledged than the write quorum asks for.
    case belowQuorum
    /// The nodes have no memory left for it.
    case outOfMemory
    /// The nodes do not take a value of this size.
    case tooLarge
    /// No link could be reached.
    case unreachable
  }

  public let version: Version
  /// Copies that stand.
  public let standing: Int
  /// Copies wanted.
  public let wanted: Int
  public let failure: Failure?
}

/// What PUT and DELETE share (rules C2, C3 and C6): the placement gets something in parallel, the rest of the
/// reach is cleared of what it may hold.
extension Coordinator {
  /// Replies of one link or another that explain a failed write.
  private struct Tally {
    var standing = 0
    var outOfMemory = false
    var tooLarge = false
    var answered = false
    /// The nodes that have carried out what was asked of them.
    var acknowledged: [Int] = []

    mutating func add(_ reply: NodeReply?, from link: Link) {
      switch reply {
      case .success(.done), .success(.notFound):
        standing += 1
        acknowledged.append(link.node)
      case .success(.error(let error)):
        outOfMemory = outOfMemory || error.isOutOfMemory
        tooLarge = tooLarge || error.isTooLarge
      default: return
      }
      answered = true
    }

    /// A stand-in that was cleared first and then written to counts by what was written.
    mutating func addCleared(_ reply: NodeReply?, from link: Link) {
      let isDone = Coordinator.isAcknowledged(reply)
      if isDone, !acknowledged.contains(link.node) { acknowledged.append(link.node) }
    }

    func failure(quorum: Int) -> WriteOutcome.Failure? {
      if standing >= max(1, quorum) { return nil }
      if outOfMemory { return .outOfMemory }
      if tooLarge { return .tooLarge }
      return answered ? .belowQuorum : .unreachable
    }
  }

  /// Sends what `command` makes to n links that acknowledge it, and deletes from the rest of the reach. A link
  /// that fails is stepped over and the next one tried, until n copies stand, the chain ends or the
  /// request's time is up. Returns when every link has answered or timed out.
  func write(_ key: Key, _ version: Version, _ command: (Link) -> MetaCommand) async -> WriteOutcome {
    let deadline = loop.now + settings.requestTimeout
    var chain = chain(for: key)
    var tally = Tally()
    var links = chain.next(settings.replicas, where: isUp)
    let clearing = clearRest(of: chain, key, deadline)
    while !links.isEmpty, loop.now < deadline {
      if links.contains(where: { !$0.isNatural }) { pool.extendReach(now: loop.now) }
      let fanOut = FanOut(count: links.count, loop: loop)
      let operation = operationDeadline(within: deadline)
      for (slot, link) in links.enumerated() {
        send(command(link), to: link, of: fanOut, slot: slot, deadline: operation)
      }
      await fanOut.all()
      for (link, reply) in zip(links, fanOut.replies) { tally.add(reply, from: link) }
      links = chain.next(settings.replicas - tally.standing, where: isUp)
    }
    if let clearing {
      await clearing.fanOut.all()
      for (link, reply) in zip(clearing.links, clearing.fanOut.replies) {
        tally.addCleared(reply, from: link)
      }
    }
    noteMissedWrites(key, tally.acknowledged)
    return WriteOutcome(
      version: version, standing: tally.standing, wanted: min(settings.replicas, pool.nodes.count),
      failure: tally.failure(quorum: settings.writeQuorum))
  }

  /// Deletes from the links past the placement what they may hold. Sent before anything a link could get as
  /// a stand-in later in the same write, over the same connection, so the two keep their order.
  private func clearRest(
    of chain: PlacementWalk, _ key: Key, _ deadline: Instant
  ) -> (fanOut: FanOut, links: [Link])? {
    guard pool.reachIsOpen(now: loop.now) else { return nil }
    let rest = chain.rest(where: isUp)
    guard !rest.isEmpty else { return nil }
    let fanOut = FanOut(count: rest.count, loop: loop)
    let operation = operationDeadline(within: deadline)
    for (slot, link) in rest.enumerated() {
      send(.delete(key.wireKey), to: link, of: fanOut, slot: slot, deadline: operation)
    }
    return (fanOut, rest)
  }

  /// Rule C8: every link that may hold an older value and did not acknowledge the write.
  private func noteMissedWrites(_ key: Key, _ acknowledged: [Int]) {
    let reach = pool.reachIsOpen(now: loop.now) ? pool.nodes.count : settings.replicas
    if acknowledged.count >= reach { return }
    var chain = chain(for: key)
    for link in chain.next(reach, where: { _ in true }) where !acknowledged.contains(link.node) {
      noteMissedWrite(key, at: link.node)
    }
  }
}

/// What a write came to.
public struct WriteOutcome {
  public enum Failure: Error, Equatable, Sendable {
    /// Fewer links acknowledged than the write quorum asks for.
    case belowQuorum(standing: Int, quorum: Int)
    /// The nodes have no memory left for it.
    case outOfMemory
    /// The nodes do not take a value of this size.
    case tooLarge
    /// No link could be reached.
    case unreachable
    /// The condition does not hold. Nothing was changed.
    case refused
    /// Other conditional writes of this key were under way all the time. Nothing was changed.
    case contended
    /// There is no value whose lifetime could be renewed.
    case absent
    /// What is there has no version, so its lifetime cannot be renewed (rule C12). Nothing was changed.
    case unversioned
  }

  public let version: Version
  /// Copies that stand.
  public let standing: Int
  /// Copies wanted.
  public let wanted: Int
  public let failure: Failure?
  /// The nodes that hold it.
  let holders: [Int]

  init(version: Version, standing: Int, wanted: Int, failure: Failure?, holders: [Int] = []) {
    self.version = version
    self.standing = standing
    self.wanted = wanted
    self.failure = failure
    self.holders = holders
  }

  /// Of a write that came too late to know whether it counts.
  func unconfirmed(quorum: Int) -> WriteOutcome {
    WriteOutcome(
      version: version, standing: 0, wanted: wanted,
      failure: .belowQuorum(standing: 0, quorum: max(1, quorum)))
  }
}

/// What PUT and DELETE share (rules C2, C3 and C6): the placement gets something in parallel, the rest of the
/// reach is cleared of what it may hold.
extension Coordinator {
  func write(
    _ key: Key, _ content: WriteContent, _ condition: WriteCondition, _ quorum: Int
  ) async -> WriteOutcome {
    if case .always = condition {
      let receiver = WriteContinuation()
      return await withUnsafeContinuation { continuation in
        receiver.continuation = continuation
        write(key, content, quorum, for: receiver)
      }
    }
    let deadline = loop.now + settings.requestTimeout
    let outcome = await writeConditionally(key, content, condition, quorum, deadline)
    endLease(of: key, after: outcome)
    return outcome
  }

  /// Somebody may wait for a value that is there now.
  func endLease(of key: Key, after outcome: WriteOutcome) {
    if outcome.standing > 0, pool.leases.areInUse(now: loop.now) { endLease(of: key) }
  }

  /// Writes to n links that acknowledge it, and clears the rest of the reach. A link that fails is stepped over
  /// and the next one tried, until n copies stand, the chain ends or the request's time is up. Returns when
  /// every link has answered or timed out. `silent`: nodes that did not answer earlier in the same request.
  /// `roundsUntil`: when nothing more is begun, if that is before the deadline.
  func write(
    _ key: Key, _ content: WriteContent, _ base: WriteWalk.Base, _ quorum: Int, without silent: Set<Int>,
    roundsUntil: Instant = .distantFuture, _ deadline: Instant
  ) async -> WriteOutcome {
    let walk = WriteWalk(
      key, content, base, chain(for: key), settings, clock, without: silent, deadline: deadline)
    return await carryOut(walk, quorum, roundsUntil: roundsUntil)
  }

  func carryOut(
    _ walk: WriteWalk, _ quorum: Int, roundsUntil: Instant = .distantFuture
  ) async -> WriteOutcome {
    while loop.now < roundsUntil, let fanOut = sendNextRound(of: walk) {
      await fanOut.all()
      walk.take(fanOut.replies, now: loop.wallClock)
    }
    if let version = walk.version, !walk.isRefused,
      walk.content.outdatesOtherCopies(standing: walk.standing)
    {
      noteMissedWrites(walk, version)
    }
    if let stored = walk.stored { pool.knownCopies.note(stored) }
    removeLater(walk.superseded, of: walk.key.wireKey)
    return walk.outcome(quorum: quorum)
  }

  /// nil at the write's end. A gateway that was itself stopped in between finds the time up here, and so does
  /// not change anything late.
  private func sendNextRound(of walk: WriteWalk) -> FanOut? {
    let now = loop.now
    guard now < walk.deadline else { return nil }
    let round = walk.nextRound(
      now: loop.wallClock, reachIsOpen: pool.reachIsOpen(now: now), where: isUp,
      stampsCount: { links[$0].node.hasToldClock })
    if round.isEmpty { return nil }
    if walk.targets.contains(where: { $0.role == .holder && !$0.link.isNatural }) {
      pool.extendReach(now: now)
    }
    let fanOut = FanOut(count: round.count, loop: loop)
    let deadline = operationDeadline(within: walk.deadline)
    for (slot, part) in round.enumerated() {
      walk.isSent(slot, era: links[part.link.node].era)
      send(part.command, to: part.link, of: fanOut, slot: slot, deadline: deadline)
    }
    return fanOut
  }

  /// Rule C8: every link that may hold an older value and did not acknowledge the write.
  private func noteMissedWrites(_ walk: WriteWalk, _ version: Version) {
    let acknowledged = walk.acknowledged
    var chain = chain(for: walk.key)
    let reach = pool.reachIsOpen(now: loop.now) ? .max : chain.replicas
    if acknowledged.count >= min(reach, chain.count) { return }
    for link in chain.next(reach, where: { _ in true }) where !acknowledged.contains(link.node) {
      noteMissedWrite(walk.key, version, at: link.node)
    }
  }
}

private final class WriteContinuation: WriteReceiver {
  var continuation: UnsafeContinuation<WriteOutcome, Never>?

  func receive(_ outcome: WriteOutcome) {
    // The write that waits runs on the same event loop.
    nonisolated(unsafe) let outcome = outcome
    continuation?.resume(returning: outcome)
    continuation = nil
  }
}

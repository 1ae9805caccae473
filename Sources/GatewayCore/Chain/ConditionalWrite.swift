/// Conditional writes (rule C7): two that expect the same value never both succeed, through whatever gateways,
/// as long as their placements share a node.
extension Coordinator {
  /// Under a lock on every link of the placement: reads, decides, and writes a version directly above the one
  /// that it has read. An unconditional write at the same time has a higher one, so it counts as the later of
  /// the two and is never lost.
  func writeConditionally(
    _ key: Key, _ content: WriteContent, _ condition: WriteCondition, _ quorum: Int, _ deadline: Instant
  ) async -> WriteOutcome {
    let early = clock.next(at: loop.wallClock)
    let lock = KeyLock(key, chain(for: key), settings, now: loop.now, deadline: deadline, token: newToken())
    guard await acquire(lock) else { return nothingWritten(lock.wasContended ? .contended : .unreachable) }
    let outcome = await decideAndWrite(key, content, condition, quorum, early, under: lock)
    // What was stored late, because this gateway was itself stopped in between, may compete with a write of
    // whoever broke the lock.
    let isLate = loop.now >= lock.leaseEnd && outcome.standing > 0
    await release(lock)
    return isLate ? outcome.unconfirmed(quorum: quorum) : outcome
  }

  private func decideAndWrite(
    _ key: Key, _ content: WriteContent, _ condition: WriteCondition, _ quorum: Int, _ early: Version,
    under lock: KeyLock
  ) async -> WriteOutcome {
    let silent = Set(lock.silent.map(\.node))
    let findings = await walkToNewest(key, without: silent, deadline: lock.leaseEnd)
    guard findings.someoneAnswered else { return nothingWritten(.unreachable) }
    let best = findings.best?.copy.record
    let current = best?.kind == .tombstone ? nil : best
    guard condition.holds(current, key) else { return nothingWritten(.refused) }
    let base = best?.version ?? .plain
    let version = base == .plain ? early : base.successor(by: early.writer)
    clock.observe(version, at: loop.wallClock)
    let without = silent.union(findings.failed.map(\.node))
    return await write(
      key, content, .atMost(base, version: version), quorum, without: without, lock.leaseEnd)
  }

  private func nothingWritten(_ failure: WriteOutcome.Failure) -> WriteOutcome {
    WriteOutcome(
      version: .plain, standing: 0, wanted: min(settings.replicas, pool.nodes.count), failure: failure)
  }

  // MARK: The lock

  private func newToken() -> UInt32 { UInt32(truncatingIfNeeded: loop.random()) }

  /// Takes the lock link by link in the chain's order, so that two never wait for each other.
  private func acquire(_ lock: KeyLock) async -> Bool {
    while loop.now < lock.deadline, let link = lock.nextLink(where: isUp) {
      let reply = await ask(link, .set(lock.name, lock.item), until: lock.deadline)
      if !lock.take(reply, from: link) { await wait(for: lock, at: link) }
      if loop.now >= lock.leaseEnd {
        await release(lock)
        lock.startOver(now: loop.now, token: newToken())
      }
    }
    if lock.isHeld { return true }
    await release(lock)
    return false
  }

  /// For a moment; or breaks the lock that a gateway left behind.
  private func wait(for lock: KeyLock, at link: Link) async {
    let reply = await ask(link, .peek(lock.name), until: lock.deadline)
    if let cas = lock.leftBehind(reply, now: loop.now) {
      _ = await ask(link, .delete(lock.name, cas: cas), until: lock.deadline)
    } else {
      await loop.sleep(loop.jitter(.milliseconds(1), .milliseconds(8)))
    }
  }

  private func ask(_ link: Link, _ command: MetaCommand, until deadline: Instant) async -> NodeReply? {
    let fanOut = FanOut(count: 1, loop: loop)
    send(command, to: link, of: fanOut, slot: 0, deadline: operationDeadline(within: deadline))
    await fanOut.all()
    return fanOut.replies[0]
  }

  /// A lock whose lease has run out may be somebody else's by now: looks first, as where it may be held
  /// because a link did not answer.
  private func release(_ lock: KeyLock) async {
    let isOver = loop.now >= lock.leaseEnd
    let uncertain = isOver ? lock.silent + lock.held : lock.silent
    if !uncertain.isEmpty {
      let (name, token) = (lock.name, lock.token)
      Task.immediate(executorPreference: loop) { await release(name, token, at: uncertain) }
    }
    if isOver || lock.held.isEmpty { return }
    let fanOut = FanOut(count: lock.held.count, loop: loop)
    for (slot, link) in lock.held.enumerated() {
      send(.delete(lock.name), to: link, of: fanOut, slot: slot, deadline: lock.deadline)
    }
  }

  private func release(_ name: WireKey, _ token: UInt32, at links: [Link]) async {
    let deadline = loop.now + settings.operationTimeout
    let peeks = FanOut(count: links.count, loop: loop)
    for (slot, link) in links.enumerated() {
      send(.peek(name), to: link, of: peeks, slot: slot, deadline: deadline)
    }
    await peeks.all()
    let deletes = FanOut(count: links.count, loop: loop)
    for (slot, link) in links.enumerated() {
      guard case .success(.item(token, let cas)) = peeks.replies[slot] else { continue }
      send(.delete(name, cas: cas), to: link, of: deletes, slot: slot, deadline: deadline)
    }
  }
}

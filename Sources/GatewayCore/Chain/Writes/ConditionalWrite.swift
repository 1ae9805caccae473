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
    release(lock)
    return isLate ? outcome.unconfirmed(quorum: quorum) : outcome
  }

  private func decideAndWrite(
    _ key: Key, _ content: WriteContent, _ condition: WriteCondition, _ quorum: Int, _ early: Version,
    under lock: KeyLock
  ) async -> WriteOutcome {
    let silent = Set(lock.silent.map(\.node))
    let findings = await walkToNewest(key, without: silent, until: lock.leaseEnd, lock.deadline)
    guard findings.someoneAnswered else { return nothingWritten(.unreachable) }
    // Not asked as far as a copy may be: what is not found is not known to be absent.
    if findings.best == nil, loop.now >= lock.leaseEnd { return nothingWritten(.contended) }
    let newest = findings.best?.copy
    let current = newest.flatMap { $0.isLapsed ? nil : $0.record }
    guard condition.holds(current, key) else { return nothingWritten(.refused) }
    let base = newest?.version ?? .plain
    let version = base == .plain ? early : base.successor(by: early.writer)
    clock.observe(version, at: loop.wallClock)
    let without = silent.union(findings.failed.map(\.node))
    return await write(
      key, content, .atMost(base, version: version), quorum, without: without, roundsUntil: lock.leaseEnd,
      lock.deadline)
  }

  func nothingWritten(_ failure: WriteOutcome.Failure) -> WriteOutcome {
    WriteOutcome(
      version: .plain, standing: 0, wanted: layout.wanted, failure: failure)
  }

  // MARK: The lock

  private func newToken() -> UInt32 { UInt32(truncatingIfNeeded: loop.random()) }

  /// Takes the lock link by link in the chain's order, so that two never wait for each other.
  private func acquire(_ lock: KeyLock) async -> Bool {
    while loop.now < lock.deadline, let link = lock.nextLink(now: loop.now, where: isUp) {
      let deadline = operationDeadline(within: lock.deadline)
      let replies = await ask([link], deadline) { _ in .set(lock.name, lock.item) }
      if !lock.take(replies[0], from: link) {
        // While the pool changes gateways may go through the links in different orders.
        if layout.stage != .settled, !lock.held.isEmpty { startOver(lock) }
        await wait(for: lock)
      }
      if loop.now >= lock.leaseEnd { startOver(lock) }
    }
    if lock.isHeld { return true }
    release(lock)
    return false
  }

  private func startOver(_ lock: KeyLock) {
    release(lock)
    lock.startOver(now: loop.now, token: newToken())
  }

  /// For a moment. Looks at the lock on all links meanwhile, and breaks what was left behind: while a request
  /// holds link 1 and waits for link 2, those that wait for link 1 learn of that, too.
  private func wait(for lock: KeyLock) async {
    let links = lock.placement(where: isUp)
    let deadline = operationDeadline(within: lock.deadline)
    let peeks = await ask(links, deadline) { _ in .peek(lock.name) }
    for (link, reply) in zip(links, peeks) {
      guard case .success(.item(let flags, let cas)) = reply, flags != lock.mark.clientFlags,
        lockWatch.isLeftBehind(LockMark(clientFlags: flags), now: loop.now)
      else { continue }
      _ = await ask([link], deadline) { _ in .delete(lock.name, cas: cas) }
    }
    await loop.sleep(loop.jitter(.milliseconds(1), .milliseconds(8)))
  }

  func ask(
    _ links: [Link], _ deadline: Instant, _ command: (Int) -> MetaCommand?
  ) async -> [NodeReply?] {
    let fanOut = FanOut(count: links.count, loop: loop)
    for (slot, link) in links.enumerated() {
      guard let command = command(slot) else {
        fanOut.receive(.failure(.unreachable), slot: slot)
        continue
      }
      send(command, to: link, of: fanOut, slot: slot, deadline: deadline)
    }
    await fanOut.all()
    return fanOut.replies
  }

  /// Exactly the items of this lock: however late a node carries it out, nobody else's lock is released.
  private func release(_ lock: KeyLock) {
    let (name, flags, silent) = (lock.name, lock.mark.clientFlags, lock.silent)
    if !silent.isEmpty {
      Task.immediate(executorPreference: loop) { await release(name, flags, at: silent) }
    }
    let fanOut = FanOut(count: lock.held.count, loop: loop)
    let deadline = loop.now + settings.operationTimeout
    for (slot, held) in lock.held.enumerated() {
      send(.delete(name, cas: held.cas), to: held.link, of: fanOut, slot: slot, deadline: deadline)
    }
  }

  /// Where it may be held because a link did not answer: looks first.
  private func release(_ name: WireKey, _ flags: UInt32, at links: [Link]) async {
    let deadline = loop.now + settings.operationTimeout
    let peeks = await ask(links, deadline) { _ in .peek(name) }
    _ = await ask(links, deadline) { slot in
      guard case .success(.item(flags, let cas)) = peeks[slot] else { return nil }
      return .delete(name, cas: cas)
    }
  }
}

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
    let token = UInt32(truncatingIfNeeded: loop.random())
    let lock = KeyLock(key, chain(for: key), settings, deadline: deadline, token: token)
    guard await acquire(lock) else { return nothingWritten(lock.wasContended ? .contended : .unreachable) }
    let outcome = await decideAndWrite(
      key, content, condition, quorum, deadline, early, Set(lock.silent.map(\.node)))
    await release(lock)
    return outcome
  }

  private func decideAndWrite(
    _ key: Key, _ content: WriteContent, _ condition: WriteCondition, _ quorum: Int, _ deadline: Instant,
    _ early: Version, _ silent: Set<Int>
  ) async -> WriteOutcome {
    let findings = await walkToNewest(key, without: silent, deadline: deadline)
    guard findings.someoneAnswered else { return nothingWritten(.unreachable) }
    let best = findings.best?.copy.record
    let current = best?.kind == .tombstone ? nil : best
    guard condition.holds(current, key) else { return nothingWritten(.refused) }
    let base = best?.version ?? .plain
    let version = base == .plain ? early : base.successor
    clock.observe(version, at: loop.wallClock)
    let without = silent.union(findings.failed.map(\.node))
    return await write(
      key, content, .atMost(base, version: version), quorum, without: without, deadline)
  }

  private func nothingWritten(_ failure: WriteOutcome.Failure) -> WriteOutcome {
    WriteOutcome(
      version: .plain, standing: 0, wanted: min(settings.replicas, pool.nodes.count), failure: failure)
  }

  // MARK: The lock

  /// Takes the lock link by link in the chain's order, so that two never wait for each other.
  private func acquire(_ lock: KeyLock) async -> Bool {
    while let link = nextLink(of: lock), loop.now < lock.deadline {
      let fanOut = FanOut(count: 1, loop: loop)
      let deadline = operationDeadline(within: lock.deadline)
      send(.set(lock.name, lock.item), to: link, of: fanOut, slot: 0, deadline: deadline)
      await fanOut.all()
      lock.take(fanOut.replies[0], from: link)
      if lock.isContended { await loop.sleep(loop.jitter(.milliseconds(1), .milliseconds(8))) }
    }
    if lock.isHeld { return true }
    await release(lock)
    return false
  }

  private func nextLink(of lock: KeyLock) -> Link? { lock.nextLink(where: isUp) }

  /// A lock that may have run out by now is left alone: it may be somebody else's.
  private func release(_ lock: KeyLock) async {
    if !lock.silent.isEmpty {
      Task.immediate(executorPreference: loop) { await releaseWhereSilent(lock) }
    }
    guard loop.now < lock.deadline, !lock.held.isEmpty else { return }
    let fanOut = FanOut(count: lock.held.count, loop: loop)
    for (slot, link) in lock.held.enumerated() {
      send(.delete(lock.name), to: link, of: fanOut, slot: slot, deadline: lock.deadline)
    }
  }

  /// Links that did not answer got the lock all the same, or somebody else has it there: looks first.
  private func releaseWhereSilent(_ lock: KeyLock) async {
    let deadline = loop.now + settings.operationTimeout
    let peeks = FanOut(count: lock.silent.count, loop: loop)
    for (slot, link) in lock.silent.enumerated() {
      send(.peek(lock.name), to: link, of: peeks, slot: slot, deadline: deadline)
    }
    await peeks.all()
    let deletes = FanOut(count: lock.silent.count, loop: loop)
    for (slot, link) in lock.silent.enumerated() {
      guard case .success(.item(lock.token, let cas)) = peeks.replies[slot] else { continue }
      send(.delete(lock.name, cas: cas), to: link, of: deletes, slot: slot, deadline: deadline)
    }
  }
}

/// Read-repair (rule C5).
extension Coordinator {
  /// Repairs under way at a time on one worker. One that is left out is made at the key's next read.
  private static let mostRepairs = 1024

  /// Brings links up to date after the answer has gone out, those whose replies come late included.
  func repairAfterAnswer(_ walk: ReadWalk, _ fanOut: FanOut) {
    guard repairsUnderWay < Self.mostRepairs else { return }
    repairsUnderWay += 1
    Task.immediate(executorPreference: loop) {
      await repair(walk, fanOut)
      repairsUnderWay -= 1
    }
  }

  private func repair(_ walk: ReadWalk, _ fanOut: FanOut) async {
    var findings = walk.findings
    let answer = findings.best?.copy
    let missing = fanOut.replies.indices.filter { fanOut.replies[$0] == nil }
    await fanOut.all()
    for slot in missing {
      let link = walk.links[slot]
      findings.addLate(
        link, fanOut.replies[slot], walk.key, isTrusted: isTrusted(link.node),
        item: walk.knownItems.contains(slot) ? answer : nil)
    }
    // A gateway that was itself stopped for longer than a request repairs nothing from what it saw before.
    guard let best = findings.best, loop.now < walk.deadline else { return }
    clock.observe(best.copy.version, at: loop.wallClock)
    if let learned = walk.learned(findings) { note(learned, best.copy.record.kind) }
    if !missing.isEmpty, !findings.outdated.isEmpty, await !stillStands(best, walk.key) { return }
    await write(best.copy, to: findings.outdated, walk.key, walk.deadline)
  }

  /// Whether the link that a copy was read from has that very item still.
  ///
  /// While a link's late reply was waited for, a newer value may have been written past that link, whose node hung, and
  /// the node been rid of what it held: then nothing there stands in the way of an older value any more.
  private func stillStands(_ found: Finding, _ key: Key) async -> Bool {
    let fanOut = FanOut(count: 1, loop: loop)
    let deadline = loop.now + settings.operationTimeout
    send(.peek(key.wireKey), to: found.link, of: fanOut, slot: 0, deadline: deadline)
    await fanOut.all()
    guard case .success(.item(let flags, let cas)) = fanOut.replies[0] else { return false }
    let record = found.copy.record
    return cas == found.copy.cas
      && flags == found.copy.plainFlags ?? RecordFormat.clientFlags(record.version, record.kind)
  }

  private func write(
    _ copy: StoredCopy, to outdated: [Findings.Outdated], _ key: Key, _ deadline: Instant
  ) async {
    guard !outdated.isEmpty, let lifetime = Self.lifetimeOfRepair(copy.lifetime) else { return }
    if let list = copy.record.chunks { return await write(copy, list, to: outdated, key, lifetime, deadline) }
    await store(copy, on: outdated, key, lifetime)
  }

  /// The chunks first, from the links that have them. When that takes longer than the read's time, the record
  /// is left to the next read, which finds the chunks there.
  private func write(
    _ copy: StoredCopy, _ list: ChunkList, to outdated: [Findings.Outdated], _ key: Key, _ lifetime: Lifetime,
    _ deadline: Instant
  ) async {
    let sources = chunkLinks(key, first: 0)
    for target in outdated {
      let others = sources.filter { $0 != target.link }
      await repairChunks(of: list, key, from: others, to: target.link, lifetime) {
        if self.loop.now < deadline { await self.store(copy, on: [target], key, lifetime) }
      }
    }
  }

  private func store(
    _ copy: StoredCopy, on outdated: [Findings.Outdated], _ key: Key, _ lifetime: Lifetime
  ) async {
    let encoder = copy.plainFlags == nil ? RecordEncoder(copy.record, for: key) : nil
    let fanOut = FanOut(count: outdated.count, loop: loop)
    let deadline = loop.now + settings.operationTimeout
    for (slot, target) in outdated.enumerated() {
      let set = repairCommand(copy, lifetime, encoder, target)
      send(.set(key.wireKey, set), to: target.link, of: fanOut, slot: slot, deadline: deadline)
    }
    await fanOut.all()
    removeReplaced(outdated, fanOut.replies, key)
  }

  private func removeReplaced(_ outdated: [Findings.Outdated], _ replies: [NodeReply?], _ key: Key) {
    for (target, reply) in zip(outdated, replies) {
      guard let chunks = target.chunks, case .success(.done) = reply else { continue }
      removeLater([(target.link, chunks)], of: key.wireKey)
    }
  }

  /// A second less than is left: nodes count whole seconds by clocks of their own, and under frequent reads
  /// copies made from each other would never expire. nil in the last second: 0 would be for ever.
  static func lifetimeOfRepair(_ lifetime: Lifetime) -> Lifetime? {
    guard let seconds = lifetime.seconds else { return .forever }
    return seconds > 1 ? Lifetime(seconds: seconds - 1) : nil
  }

  /// Never replaces something newer: a miss is filled with add, what is older is replaced by
  /// compare-and-swap with the number it was read with.
  private func repairCommand(
    _ copy: StoredCopy, _ valueLifetime: Lifetime, _ encoder: RecordEncoder?, _ target: Findings.Outdated
  ) -> MetaSet {
    let mode =
      settings.protections.contains(.compareAndSwap)
      ? target.cas.map { MetaSet.Mode.compareAndSwap($0) } ?? .add : .set
    let lifetime = copyLifetime(valueLifetime, on: target.link)
    if let encoder { return encoder.set(mode, lifetime: lifetime, valueLifetime: valueLifetime) }
    return MetaSet(
      mode: mode, clientFlags: copy.plainFlags ?? 0, lifetime: lifetime, head: [], body: copy.record.body)
  }
}

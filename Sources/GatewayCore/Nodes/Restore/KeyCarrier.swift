/// Moves batches of keys from node to node. Most go in bulk (`RelayBatch`); what is not as simple is moved key by key.
extension Coordinator {
  /// Works a sweep off.
  func run(_ sweep: Sweep, _ lock: TransferLock, _ pace: TransferPace) async throws(SweepFailure) {
    sweep.limits = { pace.limits }
    try sweep.startListing(loop)
    while let batch = await sweep.nextBatch() {
      guard lock.isHeld, sweep.isWanted(), !isStopped else {
        sweep.fail(.stopped)
        break
      }
      await pace.admit(bytes: batch.size)
      sweep.batchBegan()
      Task.immediate(executorPreference: loop) {
        await carry(batch, sweep, pace)
        sweep.batchEnded()
      }
    }
    await sweep.drain()
    sweep.close()
    if let failure = sweep.failure { throw failure }
  }

  private func carry(_ block: KeyBlock, _ sweep: Sweep, _ pace: TransferPace) async {
    do throws(SweepFailure) {
      let items = try await relay(block, sweep)
      if !items.isEmpty { try await carry(items, sweep, pace) }
    } catch {
      sweep.fail(error)
    }
    sweep.board.update { progress in
      sweep.tell(&progress)
      progress.copied(keys: 0, bytes: 0, handled: (block.count, block.size), now: loop.now)
    }
  }

  private func carry(
    _ items: [(name: [UInt8], size: Int)], _ sweep: Sweep, _ pace: TransferPace
  ) async throws(SweepFailure) {
    var copies = items.compactMap { item in
      KeyCopy(item) { sweep.plan($0.hash, .max) }
    }
    copies.removeAll { sweep.source.node.missed.holds($0.name) }
    try await carry(&copies, sweep, pace)
  }

  // MARK: In bulk

  /// Moves the keys that are simple to move; returns the others.
  private func relay(
    _ block: KeyBlock, _ sweep: Sweep
  ) async throws(SweepFailure) -> [(name: [UInt8], size: Int)] {
    let source = sweep.source.node
    guard !sweep.asksFirst, source.missed.isEmpty else { return block.items }
    guard isUp(source.index) else { throw .source("it is down") }
    let batch = RelayBatch(block, validFor: settings.requestTimeout, on: loop) { [links] node in
      links[node].node.isUp ? links[node].relayWriter : nil
    }
    sort(block, into: batch, sweep)
    sweep.source.relayReader.fetch(batch)
    try await batch.ended()
    for outcome in batch.outcomes { note(outcome, sweep) }
    return batch.leftOver.map(block.item)
  }

  /// Keys whose names memcached takes as they are, and that go to one more node.
  private func sort(_ block: KeyBlock, into batch: RelayBatch, _ sweep: Sweep) {
    block.visit { position, name, _ in
      guard !Key.isHashedName(name), WireKey.isPlain(name) else { return batch.leaveOver(position) }
      let move = sweep.plan(XXHash64.hash(name), .max)
      if move.isNothing { return }
      guard !move.leaves, move.targets.count == 1 else { return batch.leaveOver(position) }
      batch.append(position, to: move.targets[0])
    }
  }

  private func note(_ outcome: RelayBatch.Outcome, _ sweep: Sweep) {
    note(keys: outcome.stored, bytes: outcome.bytes, at: outcome.node)
    sweep.board.update {
      $0.copied(keys: outcome.stored, bytes: outcome.bytes, handled: (0, 0), now: loop.now)
    }
    sweep.learn(present: outcome.present, of: outcome.added)
  }

  private func note(keys: Int, bytes: Int, at target: Int) {
    let node = links[target].node
    node.counters.keysRestored.add(keys, ordering: .relaxed)
    node.counters.bytesRestored.add(bytes, ordering: .relaxed)
  }

  // MARK: Key by key

  private func carry(
    _ copies: inout [KeyCopy], _ sweep: Sweep, _ pace: TransferPace
  ) async throws(SweepFailure) {
    if sweep.asksFirst { try await askTargets(&copies, sweep) }
    // What was read too long ago is read again: a gateway that was stopped in between must not bring back a key whose
    // tombstone has run out meanwhile (rule C6).
    for _ in 0..<Self.mostReadings {
      let read = loop.now
      try await fetch(&copies, sweep)
      let large = Self.takeLarge(&copies)
      if loop.now - read < settings.requestTimeout {
        try await store(&copies, sweep)
        for copy in large { try await carryLarge(copy, sweep, pace) }
        return
      }
      copies += large
    }
    throw .source("it answers too slowly")
  }

  private static let mostReadings = 8

  private static func takeLarge(_ copies: inout [KeyCopy]) -> [KeyCopy] {
    guard copies.contains(where: \.isLarge) else { return [] }
    defer { copies.removeAll(where: \.isLarge) }
    return copies.filter(\.isLarge)
  }

  // MARK: Asking

  private func askTargets(_ copies: inout [KeyCopy], _ sweep: Sweep) async throws(SweepFailure) {
    let pairs = Self.lacking(copies)
    let replies = await ask(pairs.map { ($0.target, .peekUnnoticed($0.copy.name)) })
    for (pair, reply) in zip(pairs, replies) {
      switch reply {
      case .success(.item):
        pair.copy.lacking.removeAll { $0 == pair.target }
        pair.copy.present.append(pair.target)
      case .success(.miss), .success(.error): break
      default: throw targetFailure(pair.target, reply)
      }
    }
    sweep.learn(present: copies.reduce(0) { $0 + $1.present.count }, of: pairs.count)
    // A hashed name's targets are not known yet.
    copies.removeAll { $0.key != nil && $0.lacking.isEmpty && !$0.move.leaves }
  }

  // MARK: Reading

  private func fetch(_ copies: inout [KeyCopy], _ sweep: Sweep) async throws(SweepFailure) {
    let node = sweep.source.node.index
    let replies = await ask(copies.map { (node, .getUnnoticed($0.name)) })
    var found: [KeyCopy] = []
    found.reserveCapacity(copies.count)
    for (asked, reply) in zip(copies, replies) {
      switch reply {
      case .success(.value(let value)):
        if asked.take(value, { sweep.plan($0.hash, .max) }) { found.append(asked) }
      case .success: continue
      default: throw .source(Self.reason(reply))
      }
    }
    copies = found
  }

  // MARK: Writing

  private func store(_ copies: inout [KeyCopy], _ sweep: Sweep) async throws(SweepFailure) {
    let pairs = Self.lacking(copies)
    let replies = await ask(
      pairs.compactMap { pair in
        pair.copy.set(.add).map { (pair.target, .set(pair.copy.name, $0)) }
      })
    var present = 0
    var stored = CopyCount()
    for (pair, reply) in zip(pairs, replies) {
      switch reply {
      case .success(.done): stored.add(pair.copy.found?.bytes.count ?? 0, at: pair.target)
      case .success(.notStored):
        present += 1
        pair.copy.present.append(pair.target)
      // Out of memory, or too large for this node: it stays where it is.
      case .success:
        if pair.copy.move.leaves { sweep.leaveBehind() }
        pair.copy.move.leaves = false
      default: throw targetFailure(pair.target, reply)
      }
    }
    note(stored, sweep)
    if !sweep.asksFirst { sweep.learn(present: present, of: pairs.count) }
    for copy in copies where copy.move.leaves && sweep.isWanted() {
      if try await !leave(copy, sweep) { sweep.leaveBehind() }
    }
  }

  private func note(_ stored: CopyCount, _ sweep: Sweep) {
    for (target, copied) in stored.byTarget {
      note(keys: copied.keys, bytes: copied.bytes, at: target)
    }
    let (keys, bytes) = stored.total
    sweep.board.update { $0.copied(keys: keys, bytes: bytes, handled: (0, 0), now: loop.now) }
  }

  private static func lacking(_ copies: [KeyCopy]) -> [(copy: KeyCopy, target: Int)] {
    var pairs: [(copy: KeyCopy, target: Int)] = []
    pairs.reserveCapacity(copies.count)
    for copy in copies {
      for target in copy.lacking { pairs.append((copy, target)) }
    }
    return pairs
  }

  // MARK: Large values

  /// The chunks first, so that no record stands without them; then the record, read anew, as they take a while.
  private func carryLarge(_ copy: KeyCopy, _ sweep: Sweep, _ pace: TransferPace) async throws(SweepFailure) {
    guard let key = copy.key, let list = copy.stored?.record.chunks else { return }
    let links = chainLinks(key)
    for target in copy.lacking {
      guard let place = links.first(where: { $0.node == target }) else { continue }
      await pace.admit(bytes: Int(clamping: list.length))
      let others = links.filter { $0.node != target && isUp($0.node) }
      let lifetime = chunkLifetime(copy.lifetime, on: place)
      let result = await copyChunks(of: list, key, from: others, to: place, lifetime, renewing: true)
      if result != .whole {
        if result == .refused, copy.move.leaves { sweep.leaveBehind() }
        return try checkUp(target)
      }
    }
    var again = [copy]
    let read = loop.now
    try await fetch(&again, sweep)
    guard again.first?.stored?.record.chunks == list, loop.now - read < settings.requestTimeout else {
      return
    }
    again[0].present = copy.present
    try await store(&again, sweep)
  }

  private func checkUp(_ target: Int) throws(SweepFailure) {
    if !isUp(target) { throw .target(target, "it does not answer") }
  }

  private func chainLinks(_ key: Key) -> [Link] {
    var chain = chain(for: key)
    return chain.next(.max) { _ in true }
  }

  // MARK: Removing

  /// Removes the key from where it was found once every target holds the same or something newer. Exactly that item:
  /// one that was stored since then stays. False when something is left there.
  private func leave(_ copy: KeyCopy, _ sweep: Sweep) async throws(SweepFailure) -> Bool {
    guard let stored = copy.stored else { return true }
    for target in copy.present {
      guard try await holds(copy, stored.version, target) else { return false }
    }
    let node = sweep.source.node
    switch await ask(.delete(copy.name, cas: stored.cas), sweep.source) {
    case .success(.done): break
    case .success(.notFound): return true
    default: return false
    }
    node.counters.failoverCopiesRemoved.add(1, ordering: .relaxed)
    if let chunks = stored.record.chunks {
      removeLater([(Link(position: 0, node: node.index, isNatural: true), chunks)], of: copy.name)
    }
    return true
  }

  /// Brings the target up to date where it has something older.
  private func holds(
    _ copy: KeyCopy, _ version: Version, _ target: Int
  ) async throws(SweepFailure) -> Bool {
    // Which one is newer cannot be told: what a client wrote to its place is.
    if copy.stored?.plainFlags != nil { return true }
    let reply = await ask([(target, .getUnnoticed(copy.name))])[0]
    guard case .success(.value(let value)) = reply, let key = copy.key else { return false }
    if let decoded = RecordDecoder.decode(value, for: key), decoded.record.version >= version { return true }
    // Chunks would have to be copied first: the next read sees to it.
    guard copy.stored?.record.chunks == nil, let set = copy.set(.compareAndSwap(value.cas)) else {
      return false
    }
    if case .success(.done) = await ask([(target, .set(copy.name, set))])[0] { return true }
    return false
  }

  // MARK: Commands

  /// Sends commands to nodes; their replies in the same order.
  private func ask(_ commands: [(node: Int, command: MetaCommand)]) async -> [NodeReply?] {
    if commands.isEmpty { return [] }
    let fanOut = FanOut(count: commands.count, loop: loop)
    let deadline = loop.now + settings.operationTimeout
    for (slot, (node, command)) in commands.enumerated() {
      if isUp(node) {
        send(command, over: link(to: node), to: fanOut, slot: slot, deadline: deadline)
      } else {
        fanOut.receive(.failure(.unreachable), slot: slot)
      }
    }
    await fanOut.all()
    return fanOut.replies
  }

  private func targetFailure(_ target: Int, _ reply: NodeReply?) -> SweepFailure {
    .target(target, Self.reason(reply))
  }

  private static func reason(_ reply: NodeReply?) -> String {
    switch reply {
    case .failure(.timedOut): "it does not answer"
    default: "it cannot be reached"
    }
  }
}

/// Copies that were stored, by node.
private struct CopyCount {
  private(set) var byTarget: [Int: (keys: Int, bytes: Int)] = [:]

  mutating func add(_ bytes: Int, at target: Int) {
    byTarget[target, default: (0, 0)].keys += 1
    byTarget[target, default: (0, 0)].bytes += bytes
  }

  var total: (keys: Int, bytes: Int) {
    byTarget.values.reduce((0, 0)) { ($0.0 + $1.keys, $0.1 + $1.bytes) }
  }
}

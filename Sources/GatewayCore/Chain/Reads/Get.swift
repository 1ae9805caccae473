/// What a read found.
public enum GetOutcome {
  /// Fresh, or stale and served all the same while it is revalidated.
  case hit(Hit)
  /// Too stale for that: missing, except to a client that has nothing better because its origin failed.
  case lapsed(Hit)
  /// Nobody had it and at least one link said so. `silent` names the links that did not answer.
  case miss(silent: [String])
  /// No link answered.
  case unreachable(silent: [String])

  /// Nothing that is served to everybody is there.
  var isMissing: Bool {
    switch self {
    case .miss, .lapsed: true
    case .hit, .unreachable: false
    }
  }
}

public struct Hit {
  public let record: Record
  /// What is left of its freshness.
  public let lifetime: Lifetime
  /// nil while it is fresh.
  public let staleness: Staleness?
  /// How long its copies are still kept: its freshness and the longer window.
  var kept: Lifetime {
    let longest = record.windows.longest
    if let staleness { return Lifetime(seconds: longest - min(longest, staleness.seconds)) }
    return lifetime.adding(record.windows)
  }

  /// Its link in the chain, counted from 1.
  public let link: Int
  public let node: String
}

/// Reads (rule C4).
extension Coordinator {
  /// Reads a key. Identical reads in flight share a walk, unless they ask for a mode of their own.
  public func get(_ key: Key, _ mode: ReadMode = .configured) async -> GetOutcome {
    if mode != .configured {
      let walk = beginWalk(key, mode, since: loop.now)
      _ = askNextLinks(walk)
      return await read(walk, mode)
    }
    let receiver = GetContinuation()
    return await withUnsafeContinuation { continuation in
      receiver.continuation = continuation
      get(key, for: receiver)
    }
  }

  /// The same without a task, where that is possible. `receiver` may hear of the outcome at once.
  public func get(_ key: Key, _ mode: ReadMode = .configured, for receiver: any GetReceiver) {
    if mode != .configured {
      Task.immediate(executorPreference: loop) {
        let outcome = await get(key, mode)
        receiver.receive(outcome, at: loop.wallClock)
      }
      return
    }
    if let current = reads.find(key) { return join(current, receiver) }
    let read = reads.begin(key, for: receiver, at: loop.now, flushCount: loop.flushCount, on: self)
    if !askDirectly(read, key) { lead(read) }
  }

  /// Asks the links of the placement, if all of them can be read from and nothing calls for more care.
  private func askDirectly(_ read: DirectRead, _ key: Key) -> Bool {
    let count = directLinks
    guard count > 0 else { return false }
    let now = loop.now
    let nodes = layout.current.order.first(count, forKeyHash: key.hash)
    for slot in 0..<count where !withLink(nodes[slot], { $0.servesAlone(key, now: now) }) { return false }
    // Without a grace the first value is the answer, so each link is to send its own.
    let isCompared = count > 1 && settings.readGrace != .zero
    read.ask(
      nodes, count: count, known: isCompared ? pool.knownCopies.find(key) : nil, generation: layout.generation
    )
    let deadline = now + directTimeout
    let name = key.wireKey
    for slot in 0..<count {
      let isSent = withLink(nodes[slot]) { link in
        read.asksForItemOnly(slot, era: link.era)
          ? link.sendPeek(name, deadline: deadline, to: read, slot: slot)
          : link.sendGet(name, deadline: deadline, to: read, slot: slot)
      }
      if !isSent { read.receive(.failure(.unreachable), slot: slot) }
    }
    return true
  }

  /// After the first value, while others are outstanding.
  func startGrace(of read: DirectRead) {
    if settings.readGrace == .zero { return graceIsOver(for: read) }
    let end = loop.now + settings.readGrace
    read.startGrace(until: end)
    graces.begin(until: end)
  }

  /// Another link than the one asked for the value would have to be asked for it. It is not, as long as that one is
  /// sending: more to be sent would only make all wait longer.
  func graceIsOver(for read: DirectRead) {
    if settings.readGrace != .zero, read.lacksValue, withLink(read.node(0), { $0.isTransferring }) {
      return startGrace(of: read)
    }
    lead(read)
  }

  /// After all links have answered.
  func goOn(with read: DirectRead) {
    let turn = loop.now
    let found = read.agreement(isTrusted: { withLink($0) { $0.node.isTrusted(now: turn) } })
    guard let found else { return isMissing(read, turn) ? finishMissing(read) : lead(read) }
    let now = loop.wallClock
    clock.observe(found.copy.version, at: now)
    if let learned = read.learned(found.copy.version) { note(learned, found.copy.record.kind) }
    finish(read, outcome(found), at: now)
  }

  /// Nobody else can have it: every link of the placement says that it holds nothing, none has gone down since or is
  /// known to have missed a write, and copies are nowhere else.
  private func isMissing(_ read: DirectRead, _ now: Instant) -> Bool {
    guard read.hasMissed, read.generation == layout.generation, !pool.reachIsOpen(now: now) else {
      return false
    }
    for slot in 0..<read.count where !isReadable(read.node(slot), read.key) { return false }
    return true
  }

  private func finishMissing(_ read: DirectRead) {
    if read.wasMistaken { pool.knownCopies.forget(read.key) }
    finish(read, .miss(silent: []), at: loop.wallClock)
  }

  private func finish(_ read: DirectRead, _ outcome: GetOutcome, at now: WallTime) {
    let receiver = read.takeReceiver()
    // First: the receiver may begin to read the key anew.
    if read.finish(outcome) { reads.end(read) }
    receiver?.receive(outcome, at: now)
  }

  /// Takes the read on in a task, behind everything that waits to run: what made a link fail may yet be made
  /// known.
  private func lead(_ read: DirectRead) {
    let walk = beginWalk(read.key, .configured, since: read.begun)
    if read.wasMistaken { pool.knownCopies.forget(read.key) }
    // A change of the pool in between makes other links the first ones.
    if read.hasAsked, walk.begins(with: read) {
      let (fanOut, toAsk) = read.continueAs(walk, loop: loop)
      for slot in toAsk { askForValue(read.node(slot), of: fanOut, slot: slot, read) }
    } else {
      if read.hasAsked { _ = read.continueAs(nil, loop: loop) }
      _ = askNextLinks(walk)
    }
    Task.immediate(executorPreference: loop) {
      await Task.yield()
      let outcome = await self.read(walk, .configured)
      finish(read, outcome, at: loop.wallClock)
    }
  }

  /// Of a link that has told only which item it has, which is another one than the read looks for.
  func askForValue(_ node: Int, of fanOut: FanOut, slot: Int, _ read: DirectRead) {
    let deadline = operationDeadline(within: read.begun + settings.requestTimeout)
    send(.get(read.key.wireKey), over: links[node], to: fanOut, slot: slot, deadline: deadline)
  }

  /// Chunks are named by their record, which is read whole.
  func note(_ learned: KnownCopies.Entry, _ kind: Record.Kind) {
    if kind != .chunks { pool.knownCopies.note(learned) }
  }

  private func join(_ current: DirectRead, _ receiver: any GetReceiver) {
    // Before the task: it need not begin at once.
    let waiter = current.share().join(flushCount: loop.flushCount)
    Task.immediate(executorPreference: loop) {
      switch await waiter.wait() {
      case .served(let outcome): receiver.receive(outcome, at: loop.wallClock)
      case .lead(let shared):
        shared.issue(flushCount: loop.flushCount)
        let walk = beginWalk(current.key, .configured, since: loop.now)
        _ = askNextLinks(walk)
        let outcome = await read(walk, .configured)
        let now = loop.wallClock
        finish(current, outcome, at: now)
        receiver.receive(outcome, at: now)
      }
    }
  }

  private func beginWalk(_ key: Key, _ mode: ReadMode, since begun: Instant) -> ReadWalk {
    ReadWalk(key, chain(for: key), settings, mode, deadline: begun + settings.requestTimeout)
  }

  /// Walks the chain: the placement first, whose links have been asked, then as far as copies can be. A link
  /// that fails is stepped over and the next one asked, so that a miss and a failure are never confused.
  private func read(_ walk: ReadWalk, _ mode: ReadMode) async -> GetOutcome {
    var asked = walk.fanOut
    while let fanOut = asked {
      if let grace = grace(mode, walk) {
        await fanOut.firstValue(grace: grace, standIns: standIns(grace, walk))
      } else {
        await fanOut.all()
      }
      if !judge(walk) { await waitForAll(fanOut, walk) }
      if walk.findings.best != nil { break }
      asked = askNextLinks(walk)
    }
    return outcome(walk)
  }

  /// Everything the links of the placement, or else of the reach, hold. Without the nodes in `silent`, and as
  /// far as it can be asked for before `end`, which is the deadline at most.
  func walkToNewest(
    _ key: Key, without silent: Set<Int> = [], until end: Instant, _ deadline: Instant
  ) async -> Findings {
    let walk = ReadWalk(key, chain(for: key), settings, .newest, without: silent, deadline: deadline)
    while loop.now < end, let fanOut = askNextLinks(walk) {
      await waitForAll(fanOut, walk)
      if let best = walk.findings.best {
        clock.observe(best.copy.version, at: loop.wallClock)
        break
      }
    }
    return walk.findings
  }

  /// nil: for all links, however long they take. So it is with a node that is not trusted yet.
  private func grace(_ mode: ReadMode, _ walk: ReadWalk) -> Duration? {
    if walk.links.contains(where: { !isTrusted($0.node) }) { return nil }
    return switch mode {
    case .configured: settings.readGrace
    case .first: .zero
    case .newest: nil
    }
  }

  /// Links that stand in for one that is down. What they hold may be older than what others do: while another gateway has
  /// that one back already, it neither writes to them nor, past the reach, removes their copies. So they are not believed
  /// while a link of the natural placement has yet to answer, which costs an operation timeout at most (rule C9). With a
  /// grace of zero the first answer wins (rule C4).
  @inline(never)
  private func standIns(_ grace: Duration, _ walk: ReadWalk) -> [Int] {
    if grace == .zero { return [] }
    return walk.links.indices.filter { !walk.links[$0].isNatural }
  }

  private func waitForAll(_ fanOut: FanOut, _ walk: ReadWalk) async {
    await fanOut.all()
    _ = judge(walk)
  }

  private func judge(_ walk: ReadWalk) -> Bool { walk.judge(isTrusted: isTrusted) }

  /// nil at the chain's or the reach's end, and when the request's time is up.
  ///
  /// Not inlined, like `outcome`: within `read` its temporaries would become part of a frame on the heap that
  /// no longer fits the task's first slab, at the cost of an allocation for each read.
  @inline(never)
  private func askNextLinks(_ walk: ReadWalk) -> FanOut? {
    let links = walk.nextLinks(reachIsOpen: pool.reachIsOpen(now: loop.now)) {
      isReadable($0, walk.key) && !walk.silent.contains($0)
    }
    if links.isEmpty || loop.now >= walk.deadline { return nil }
    let fanOut = FanOut(count: links.count, loop: loop)
    let deadline = operationDeadline(within: walk.deadline)
    for (slot, link) in links.enumerated() {
      send(.get(walk.key.wireKey), to: link, of: fanOut, slot: slot, deadline: deadline)
    }
    walk.asked(fanOut)
    return fanOut
  }

  @inline(never)
  private func outcome(_ walk: ReadWalk) -> GetOutcome {
    guard let best = walk.findings.best else {
      let silent = silentLinks(walk.key, walk.findings)
      return walk.findings.someoneAnswered ? .miss(silent: silent) : .unreachable(silent: silent)
    }
    clock.observe(best.copy.version, at: loop.wallClock)
    if let fanOut = walk.fanOut, fanOut.outstanding > 0 || walk.findings.needRepair {
      repairAfterAnswer(walk, fanOut)
    }
    return outcome(best)
  }

  func outcome(_ found: Finding) -> GetOutcome {
    if found.copy.isTombstone { return .miss(silent: []) }
    let (lifetime, staleness) = found.copy.freshness
    let hit = Hit(
      record: found.copy.record, lifetime: lifetime, staleness: staleness, link: found.link.position + 1,
      node: withLink(found.link.node) { $0.node.name })
    guard let staleness, staleness.windows.whileRevalidate == 0 else { return .hit(hit) }
    return staleness.windows.ifError > 0 ? .lapsed(hit) : .miss(silent: [])
  }

  /// The links of the natural placement that are down, and all that were asked in vain.
  private func silentLinks(_ key: Key, _ findings: Findings) -> [String] {
    var natural = chain(for: key)
    let down = natural.next(natural.replicas) { _ in true }.filter { !isReadable($0.node, key) }
    return (down + findings.failed.filter { link in !down.contains(link) }).map(name)
  }
}

private final class GetContinuation: GetReceiver {
  var continuation: UnsafeContinuation<GetOutcome, Never>?

  func receive(_ outcome: GetOutcome, at now: WallTime) {
    // The read that waits runs on the same event loop.
    nonisolated(unsafe) let outcome = outcome
    continuation?.resume(returning: outcome)
    continuation = nil
  }
}

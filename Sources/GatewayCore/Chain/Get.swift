/// What a read found.
public enum GetOutcome {
  case hit(Hit)
  /// Nobody had it and at least one link said so. `silent` names the links that did not answer.
  case miss(silent: [String])
  /// No link answered.
  case unreachable(silent: [String])
}

public struct Hit {
  public let record: Record
  /// What is left of it.
  public let lifetime: Lifetime
  /// Its link in the chain, counted from 1.
  public let link: Int
  public let node: String
}

/// Reads (rule C4).
extension Coordinator {
  /// Reads a key. Identical reads in flight share a walk, unless they ask for a mode of their own.
  public func get(_ key: Key, _ mode: ReadMode = .configured) async -> GetOutcome {
    if mode != .configured {
      let walk = beginWalk(key, mode)
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
      Task.immediate(executorPreference: loop) { receiver.receive(await get(key, mode)) }
      return
    }
    if let current = walks[key] { return join(current, key, receiver) }
    let shared = SharedWalk()
    walks[key] = shared
    shared.issue(flushCount: loop.flushCount)
    let walk = beginWalk(key, mode)
    guard let fanOut = askNextLinks(walk), fanOut.outstanding == walk.links.count,
      let grace = grace(mode, walk)
    else { return lead(shared, walk, receiver) }
    fanOut.firstValue(grace: grace, for: DirectRead(walk, fanOut, shared, for: receiver, on: self))
  }

  func goOn(with read: DirectRead) {
    guard let found = read.agreement(isTrusted: isTrusted) else {
      return lead(read.shared, read.walk, read.receiver)
    }
    clock.observe(found.copy.version, at: loop.wallClock)
    finish(read.shared, read.walk.key, outcome(found), read.receiver)
  }

  private func finish(_ shared: SharedWalk, _ key: Key, _ outcome: GetOutcome, _ receiver: any GetReceiver) {
    walks[key] = shared.finish(outcome)
    receiver.receive(outcome)
  }

  /// Takes the walk on in a task, behind everything that waits to run: what made a link fail may yet be made
  /// known.
  private func lead(_ shared: SharedWalk, _ walk: ReadWalk, _ receiver: any GetReceiver) {
    Task.immediate(executorPreference: loop) {
      await Task.yield()
      finish(shared, walk.key, await read(walk, .configured), receiver)
    }
  }

  private func join(_ current: SharedWalk, _ key: Key, _ receiver: any GetReceiver) {
    Task.immediate(executorPreference: loop) {
      switch await current.join(flushCount: loop.flushCount) {
      case .served(let outcome): receiver.receive(outcome)
      case .lead(let shared):
        shared.issue(flushCount: loop.flushCount)
        let walk = beginWalk(key, .configured)
        _ = askNextLinks(walk)
        finish(shared, key, await read(walk, .configured), receiver)
      }
    }
  }

  private func beginWalk(_ key: Key, _ mode: ReadMode) -> ReadWalk {
    ReadWalk(key, chain(for: key), settings, mode, deadline: loop.now + settings.requestTimeout)
  }

  /// Walks the chain: the placement first, whose links have been asked, then as far as copies can be. A link
  /// that fails is stepped over and the next one asked, so that a miss and a failure are never confused.
  private func read(_ walk: ReadWalk, _ mode: ReadMode) async -> GetOutcome {
    var asked = walk.fanOut
    while let fanOut = asked {
      if let grace = grace(mode, walk) { await fanOut.firstValue(grace: grace) } else { await fanOut.all() }
      if !judge(walk) { await waitForAll(fanOut, walk) }
      if walk.findings.best != nil { break }
      asked = askNextLinks(walk)
    }
    return outcome(walk)
  }

  /// Everything the links of the placement, or else of the reach, hold.
  /// Without the nodes in `silent`.
  func walkToNewest(_ key: Key, without silent: Set<Int>, deadline: Instant) async -> Findings {
    let walk = ReadWalk(key, chain(for: key), settings, .newest, without: silent, deadline: deadline)
    while let fanOut = askNextLinks(walk) {
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

  private func outcome(_ found: Finding) -> GetOutcome {
    if found.copy.isTombstone { return .miss(silent: []) }
    return .hit(
      Hit(
        record: found.copy.record, lifetime: found.copy.lifetime, link: found.link.position + 1,
        node: name(found.link)))
  }

  /// The links of the natural placement that are down, and all that were asked in vain.
  private func silentLinks(_ key: Key, _ findings: Findings) -> [String] {
    var natural = chain(for: key)
    let down = natural.next(settings.replicas) { _ in true }.filter { !isReadable($0.node, key) }
    return (down + findings.failed.filter { link in !down.contains(link) }).map(name)
  }
}

private final class GetContinuation: GetReceiver {
  var continuation: UnsafeContinuation<GetOutcome, Never>?

  func receive(_ outcome: GetOutcome) {
    // The read that waits runs on the same event loop.
    nonisolated(unsafe) let outcome = outcome
    continuation?.resume(returning: outcome)
    continuation = nil
  }
}

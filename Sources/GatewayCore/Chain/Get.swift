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
    if mode != .configured { return await read(key, mode) }
    guard let current = walks[key] else {
      let walk = SharedWalk()
      walks[key] = walk
      return await lead(walk, key)
    }
    return await join(current, key)
  }

  @inline(never)
  private func join(_ current: SharedWalk, _ key: Key) async -> GetOutcome {
    switch await current.join(flushCount: loop.flushCount) {
    case .served(let outcome): return outcome
    case .lead(let walk): return await lead(walk, key)
    }
  }

  private func lead(_ walk: SharedWalk, _ key: Key) async -> GetOutcome {
    walk.issue(flushCount: loop.flushCount)
    let outcome = await read(key)
    walks[key] = walk.finish(outcome)
    return outcome
  }

  /// Walks the chain: the placement first, then as far as copies can be. A link that fails is stepped over
  /// and the next one asked, so that a miss and a failure are never confused.
  private func read(_ key: Key, _ mode: ReadMode = .configured) async -> GetOutcome {
    let walk = ReadWalk(
      key, chain(for: key), settings, mode, deadline: loop.now + settings.requestTimeout)
    while let fanOut = askNextLinks(walk) {
      if let grace = grace(mode, walk) { await fanOut.firstValue(grace: grace) } else { await fanOut.all() }
      if !judge(walk) { await waitForAll(fanOut, walk) }
      if walk.findings.best != nil { break }
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
    if best.copy.isTombstone { return .miss(silent: []) }
    return .hit(
      Hit(
        record: best.copy.record, lifetime: best.copy.lifetime, link: best.link.position + 1,
        node: name(best.link)))
  }

  /// The links of the natural placement that are down, and all that were asked in vain.
  private func silentLinks(_ key: Key, _ findings: Findings) -> [String] {
    var natural = chain(for: key)
    let down = natural.next(settings.replicas) { _ in true }.filter { !isReadable($0.node, key) }
    return (down + findings.failed.filter { link in !down.contains(link) }).map(name)
  }
}

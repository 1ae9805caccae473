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
  /// Reads a key. Identical reads in flight share a walk.
  public func get(_ key: Key) async -> GetOutcome {
    guard let current = walks[key] else {
      let walk = SharedWalk()
      walks[key] = walk
      return await lead(walk, key)
    }
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
  private func read(_ key: Key) async -> GetOutcome {
    let deadline = loop.now + settings.requestTimeout
    let stage = settings.readMode == .parallel ? settings.replicas : 1
    var chain = chain(for: key)
    var findings = Findings(placementCount: settings.replicas)
    var wanted = stage
    while true {
      let links = chain.next(wanted, where: isUp)
      if links.isEmpty || loop.now >= deadline { break }
      let fanOut = ask(links, key, deadline)
      await fanOut.firstValue(grace: settings.readGrace)
      findings = await judge(fanOut, links, key, findings)
      if let best = findings.best { return answer(best, findings, fanOut, links, key) }
      wanted = nextStage(stage, findings)
      if wanted == 0 { break }
    }
    let silent = silentLinks(key, findings)
    return findings.someoneAnswered ? .miss(silent: silent) : .unreachable(silent: silent)
  }

  /// What the links that have answered hold. Where that is nothing whole, the others are waited for after
  /// all: a damaged copy ends no grace.
  private func judge(
    _ fanOut: FanOut, _ links: [Link], _ key: Key, _ before: Findings
  ) async -> Findings {
    var findings = before
    findings.add(links, fanOut.replies, key)
    if findings.best != nil || fanOut.outstanding == 0 { return findings }
    await fanOut.all()
    findings = before
    findings.add(links, fanOut.replies, key)
    return findings
  }

  private func ask(_ links: [Link], _ key: Key, _ deadline: Instant) -> FanOut {
    let fanOut = FanOut(count: links.count, loop: loop)
    let operation = operationDeadline(within: deadline)
    for (slot, link) in links.enumerated() {
      send(.get(key.wireKey), to: link, of: fanOut, slot: slot, deadline: operation)
    }
    return fanOut
  }

  /// How many links to ask next after none had it: all of the placement first, then the reach where copies
  /// can be past it, and one more for each link that did not answer.
  private func nextStage(_ stage: Int, _ findings: Findings) -> Int {
    if pool.reachIsOpen(now: loop.now) { return stage }
    return min(stage, settings.replicas - findings.answeredCount)
  }

  private func answer(
    _ best: Finding, _ findings: Findings, _ fanOut: FanOut, _ links: [Link], _ key: Key
  ) -> GetOutcome {
    clock.observe(best.copy.version)
    if fanOut.outstanding > 0 || findings.needRepair {
      repairAfterAnswer(key, findings, late: (fanOut, links))
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
    let down = natural.next(settings.replicas) { _ in true }.filter { !isUp($0.node) }
    return (down + findings.failed.filter { link in !down.contains(link) }).map(name)
  }
}

/// One write's way along its key's chain: who is to hold it, who is to be cleared, and what each has answered.
///
/// In rounds: each sends one command to every link that is not done, and takes in the replies. The version is
/// drawn when all links have told what they hold, so it is above every version that stands.
final class WriteWalk {
  /// What must be there for a conditional write to go ahead.
  enum Base {
    /// Unconditional.
    case anything
    /// Nothing newer than this version; what is written gets `version`.
    case atMost(Version, version: Version)
  }

  let key: Key
  let deadline: Instant
  let content: WriteContent
  private let base: Base
  private let settings: ChainSettings
  private let clock: VersionClock
  private let silent: Set<Int>
  private var chain: PlacementWalk
  private(set) var targets: [WriteTarget] = []
  /// nil until it was drawn.
  private(set) var version: Version?
  private var encoder: RecordEncoder?
  /// The version was drawn before the links had told theirs.
  private var isDrawnUnasked = false
  private var mustDrawAgain = false
  /// Links that were sent to in this round.
  private var active: [Int] = []
  private var hasAnswer = false
  private var outOfMemory = false
  private var tooLarge = false
  /// Something newer than a conditional write's base is there.
  private(set) var isRefused = false
  /// Whether a link that is to hold the key held it before; nil where none has told.
  private(set) var isThere: Bool?

  init(
    _ key: Key, _ content: WriteContent, _ base: Base, _ chain: PlacementWalk, _ settings: ChainSettings,
    _ clock: VersionClock, without silent: Set<Int>, deadline: Instant
  ) {
    self.silent = silent
    self.key = key
    self.content = content
    self.base = base
    self.chain = chain
    self.settings = settings
    self.clock = clock
    self.deadline = deadline
    targets.reserveCapacity(settings.replicas)
  }

  /// Goes on with a write that has asked nobody, and stands on some link: so it keeps its version.
  func takeOn(_ write: DirectWrite, now wallClock: WallTime) {
    version = write.version
    encoder = write.encoder
    isDrawnUnasked = true
    var rest = chain
    let links = rest.next(write.count) { _ in true }
    // After a change of the pool in between it asks its links as if it had only begun.
    guard links.enumerated().allSatisfy({ $1.node == write.nodes[$0] }) else { return }
    chain = rest
    for (slot, link) in links.enumerated() {
      var target = WriteTarget(link, slot < write.holderCount ? .holder : .cleared, isVersioned: true)
      if slot < write.holderCount { target.step = .store(write.modes[slot]) }
      targets.append(target)
    }
    active = Array(targets.indices)
    take(active.map { write.replies[$0] }, now: wallClock)
  }

  private var isVersioned: Bool { content.isVersioned && settings.protections.contains(.compareAndSwap) }

  // MARK: A round

  /// The commands of the next round; none when the write has come to its end. `stampsCount`: whether a stamp
  /// found on that node can be told from one that wrapped around.
  func nextRound(
    now wallClock: WallTime, reachIsOpen: Bool, where isUp: (Int) -> Bool,
    stampsCount: (Int) -> Bool
  ) -> [(link: Link, command: MetaCommand)] {
    chooseTargets(reachIsOpen) { isUp($0) && !silent.contains($0) }
    for index in targets.indices where targets[index].asksForStamp && !stampsCount(targets[index].link.node) {
      targets[index].step = .askExactly
    }
    if version == nil, !targets.contains(where: \.isAsking) { decide(wallClock) }
    active = isRefused ? [] : targets.indices.filter { isDue(targets[$0]) }
    return active.map { (targets[$0].link, command(targets[$0])) }
  }

  /// Nothing is changed before every link has told what it holds.
  private func isDue(_ target: WriteTarget) -> Bool {
    if target.isDone || target.hasFailed { return false }
    return version != nil || target.isAsking
  }

  /// The next links of the chain take the place of those that failed, whether they were to be cleared or are
  /// new to this write.
  private func chooseTargets(_ reachIsOpen: Bool, _ isUp: (Int) -> Bool) {
    var missing = chain.replicas - targets.count { $0.role == .holder && !$0.hasFailed }
    for index in targets.indices where missing > 0 && targets[index].role == .cleared {
      if targets[index].hasFailed || !content.canStand(on: targets[index].link.node) { continue }
      targets[index] = WriteTarget(targets[index].link, .holder, isVersioned: isVersioned)
      missing -= 1
    }
    while missing > 0, let link = chain.next(1, where: isUp).first {
      if content.canStand(on: link.node) {
        add([link], .holder)
        missing -= 1
      } else if content.replacesAnything {
        add([link], .cleared)
      }
    }
    if reachIsOpen { add(chain.next(.max, where: isUp), .cleared) }
  }

  private func add(_ links: [Link], _ role: WriteTarget.Role) {
    for link in links { targets.append(WriteTarget(link, role, isVersioned: isVersioned)) }
  }

  func isSent(_ slot: Int, era: UInt64) { targets[active[slot]].item.era = era }

  private func decide(_ wallClock: WallTime) {
    let drawn: Version
    switch base {
    case .anything: drawn = clock.next(at: wallClock)
    case .atMost(_, let version): drawn = version
    }
    version = drawn
    let writtenAt = UInt32(clamping: wallClock.seconds)
    encoder = content.record(drawn, writtenAt: writtenAt).map { RecordEncoder($0, for: key) }
  }

  private func command(_ target: WriteTarget) -> MetaCommand {
    switch target.step {
    case .ask: .peek(key.wireKey)
    case .askExactly: .get(key.wireKey)
    case .store(let mode): store(mode, on: target.link)
    case .remove(let cas): .delete(key.wireKey, cas: cas)
    case .done, .failed: .noop
    }
  }

  private func store(_ mode: MetaSet.Mode, on link: Link) -> MetaCommand {
    let valueLifetime = content.lifetime
    let lifetime = link.isNatural ? valueLifetime : min(valueLifetime, Lifetime(settings.failoverLifetime))
    switch content {
    case .value, .chunks, .tombstone, .renewal:
      guard let encoder else { return .noop }
      return .set(
        key.wireKey, encoder.set(mode, lifetime: lifetime, valueLifetime: valueLifetime, wantsNumber: true))
    case .plainValue(let value):
      return .set(
        key.wireKey, MetaSet(mode: .set, clientFlags: 0, lifetime: lifetime, head: [], body: value.body))
    case .removal: return .delete(key.wireKey)
    }
  }

  /// Takes in the replies to a round, in its order.
  func take(_ replies: [NodeReply?], now wallClock: WallTime) {
    for (index, reply) in zip(active, replies) {
      switch reply {
      case .success(.error(let error)):
        outOfMemory = outOfMemory || error.isOutOfMemory
        tooLarge = tooLarge || error.isTooLarge
        hasAnswer = true
        targets[index].step = .failed
      case .success(let reply):
        hasAnswer = true
        advance(&targets[index], reply, wallClock)
      case .failure, nil:
        targets[index].step = .failed
      }
    }
    if mustDrawAgain { drawAgain() }
  }

  /// What stands gets the new version, too.
  private func drawAgain() {
    mustDrawAgain = false
    isDrawnUnasked = false
    version = nil
    for index in targets.indices where targets[index].hasStored {
      targets[index].hasStored = false
      targets[index].replace(cas: targets[index].item.cas)
    }
  }

  // MARK: One link's reply

  private func advance(_ target: inout WriteTarget, _ reply: MetaReply, _ wallClock: WallTime) {
    switch (target.step, reply) {
    case (.ask, .item(let flags, let cas)):
      if target.role == .holder { isThere = true }
      found(&target, flags, cas, wallClock)
    // What the other write left was evicted or flushed meanwhile. It may have been the newer one, and versions
    // must not fall: this one counts as evicted with it.
    case (.askExactly, .miss) where target.isOvertaken: target.step = .done
    case (.ask, .miss), (.askExactly, .miss):
      if target.role == .holder { isThere = isThere ?? false }
      target.held = nil
      target.fill()
    case (.askExactly, .value(let value)): found(&target, value, wallClock)
    case (.store, .stored(let cas)):
      target.item.cas = cas
      target.hasStored = true
      target.step = .done
    case (.store, .done):
      target.hasStored = true
      target.step = .done
    case (.remove, .done): target.step = .done
    case (.remove, .notFound):
      target.held = nil
      target.step = .done
    case (.store, .notStored), (.store, .exists), (.remove, .exists):
      target.isOvertaken = true
      target.step = .askExactly
    case (.store(.compareAndSwap), .notFound): target.step = .askExactly
    // Of a plain value, which is removed without being asked for.
    case (.store, .notFound): target.step = .done
    default: target.step = .failed
    }
  }

  private func found(_ target: inout WriteTarget, _ flags: UInt32, _ cas: UInt64, _ wallClock: WallTime) {
    let isOlder =
      !RecordFormat.isRecord(flags)
      || VersionStamp(clientFlags: flags).isBefore(version ?? clock.current(at: wallClock))
    if case .anything = base, isOlder, !RecordFormat.namesChunks(flags) {
      target.replace(cas: cas)
    } else {
      target.step = .askExactly
    }
  }

  private func found(_ target: inout WriteTarget, _ value: MetaValue, _ wallClock: WallTime) {
    target.held = nil
    target.isOvertaken = false
    guard case .copy(let copy) = Holding(value, key: key) else {
      return target.replace(cas: value.cas)
    }
    let isAhead = copy.version > clock.current(at: wallClock)
    clock.observe(copy.version, at: wallClock)
    if let version, copy.version > version {
      // As a rule written at the same time as this, and later in the order of versions.
      target.step = .done
      if isDrawnUnasked, isAhead {
        // But not for certain, where another gateway's clock is ahead that has not made itself known yet.
        target.replace(cas: value.cas)
        mustDrawAgain = true
      }
    } else {
      if case .atMost(let base, _) = base, version == nil, copy.version > base { isRefused = true }
      target.held = copy.record.chunks
      target.replace(cas: value.cas)
    }
  }

  // MARK: Its end

  /// What the placement holds, where all of it holds what was written; nil otherwise. Chunks are looked up with
  /// every write, so that they are not forgotten.
  var stored: KnownCopies.Entry? {
    guard let version, content.chunks == nil, chain.replicas <= KnownCopies.mostLinks else { return nil }
    let holders = targets.filter { $0.link.isNatural && $0.hasStored && $0.item.cas != 0 }
    guard holders.count == min(chain.replicas, chain.count) else { return nil }
    var entry = KnownCopies.Entry(key, version)
    for target in holders { entry.items[target.link.position] = target.item }
    return entry
  }

  /// The chunks that nothing names any more, and where they are.
  var superseded: [(link: Link, chunks: ChunkList)] {
    targets.compactMap { target in
      guard target.isDone, let chunks = target.held, chunks != content.chunks else { return nil }
      return (target.link, chunks)
    }
  }

  /// The nodes that hold what was written; not those that hold something newer.
  var holders: [Int] { targets.compactMap { $0.isStanding && $0.hasStored ? $0.link.node : nil } }

  var standing: Int { targets.count(where: \.isStanding) }

  /// The nodes that did what was asked of them.
  var acknowledged: [Int] { targets.compactMap { $0.isDone ? $0.link.node : nil } }

  func outcome(quorum: Int) -> WriteOutcome {
    WriteOutcome(
      version: version ?? .plain, standing: min(standing, chain.wanted), wanted: chain.wanted,
      failure: failure(max(1, quorum)),
      holders: holders)
  }

  private func failure(_ quorum: Int) -> WriteOutcome.Failure? {
    if isRefused { return .refused }
    let standing = standing
    if standing >= quorum { return nil }
    if outOfMemory { return .outOfMemory }
    if tooLarge { return .tooLarge }
    if case .atMost = base, version == nil { return .contended }
    return hasAnswer ? .belowQuorum(standing: standing, quorum: quorum) : .unreachable
  }
}

/// Hears what a write came to.
public protocol WriteReceiver: AnyObject {
  func receive(_ outcome: WriteOutcome)
}

/// A write under way that asks nobody before it stores, as long as all links do as is expected of them, as they do
/// for almost every write: one round trip, and no task. When they do not, a task takes it on from there, as a
/// `WriteWalk`.
///
/// It replaces by compare-and-swap exactly the items that are known to be there (`KnownCopies`), and adds where
/// nothing is known. So it changes no link that holds something else than an older version, and its own version,
/// drawn before, is above all that it replaces.
final class DirectWrite: ReplyReceiver {
  /// Links of the placement and, while copies can be past it, those deeper ones that are to hold nothing.
  static let mostLinks = 4

  let key: Key
  let content: WriteContent
  let version: Version
  let quorum: Int
  let deadline: Instant
  let encoder: RecordEncoder
  /// The same on all links that are to hold it, but for the mode.
  private let item: MetaSet
  private var receiver: (any WriteReceiver)?
  private unowned(unsafe) let coordinator: Coordinator

  /// In the chain's order.
  let nodes: InlineArray<4, Int>
  let count: Int
  /// The first ones are to hold what is written.
  let holderCount: Int
  /// It adds because the last keys of which nothing was known were not there.
  let isGuess: Bool
  private(set) var modes = InlineArray<4, MetaSet.Mode>(repeating: .add)
  private var eras = InlineArray<4, UInt64>(repeating: 0)
  private(set) var replies = InlineArray<4, NodeReply?>(repeating: nil)
  private var outstanding: Int

  init(
    _ key: Key, _ content: WriteContent, _ record: Record, quorum: Int, nodes: InlineArray<4, Int>,
    count: Int, holderCount: Int, isGuess: Bool, deadline: Instant, for receiver: any WriteReceiver,
    on coordinator: Coordinator
  ) {
    self.key = key
    self.content = content
    version = record.version
    self.quorum = quorum
    self.deadline = deadline
    encoder = RecordEncoder(record, for: key)
    let lifetime = content.lifetime
    item = encoder.set(.add, lifetime: lifetime, valueLifetime: lifetime, wantsNumber: true)
    self.nodes = nodes
    self.count = count
    self.holderCount = holderCount
    self.isGuess = isGuess
    outstanding = count
    self.receiver = receiver
    self.coordinator = coordinator
  }

  /// What to store on a link that is to hold it; nil for one that is asked what it holds. `known`: what the links are
  /// known to hold.
  func set(_ slot: Int, era: UInt64, known: KnownCopies.Entry?) -> MetaSet? {
    eras[slot] = era
    if slot >= holderCount { return nil }
    modes[slot] = known?.cas(slot, era: era).map { .compareAndSwap($0) } ?? .add
    return item.with(modes[slot])
  }

  func receive(_ reply: NodeReply, slot: Int) {
    replies[slot] = reply
    outstanding -= 1
    if outstanding == 0 { coordinator.isolated(self) { $0.goOn(with: $1) } }
  }

  /// What the links hold now, when all of them did as expected.
  var stored: KnownCopies.Entry? {
    var entry = KnownCopies.Entry(key, version)
    for slot in 0..<count {
      switch replies[slot] {
      case .success(.stored(let cas)) where slot < holderCount:
        entry.items[slot] = KnownItem(era: eras[slot], cas: cas)
      case .success(.miss) where slot >= holderCount: continue
      default: return nil
      }
    }
    return entry
  }

  /// Whether a link held the key before; nil where none has told.
  var isThere: Bool? {
    var isThere: Bool?
    for slot in 0..<holderCount {
      switch replies[slot] {
      case .success(.notStored): return true
      case .success(.stored): isThere = false
      default: continue
      }
    }
    return isThere
  }

  /// What was known is no more, on any link, as when its lifetime is over: nothing stands, and nothing is there.
  var foundNothing: Bool {
    (0..<count).allSatisfy { slot in
      switch replies[slot] {
      case .success(.notFound): slot < holderCount
      case .success(.miss): slot >= holderCount
      default: false
      }
    }
  }

  /// Some link holds it, or may hold it without having said so: then it must keep its version.
  var mayStand: Bool {
    (0..<holderCount).contains { slot in
      switch replies[slot] {
      case .success(.stored), .failure(.timedOut), .failure(.connectionLost): true
      default: false
      }
    }
  }

  /// The nodes that did not answer.
  var silent: Set<Int> {
    Set((0..<count).filter { if case .failure = replies[$0] { true } else { false } }.map { nodes[$0] })
  }

  /// Who is to hear the outcome; once.
  func takeReceiver() -> (any WriteReceiver)? { receiver.take() }
}

extension Coordinator {
  /// Writes unconditionally, without a task where that is possible. `receiver` may hear of the outcome at once.
  func write(_ key: Key, _ content: WriteContent, _ quorum: Int, for receiver: any WriteReceiver) {
    let deadline = loop.now + settings.requestTimeout
    let start = writeDirectly(key, content, quorum, until: deadline, for: receiver)
    if start == .isUnderWay { return }
    Task.immediate(executorPreference: loop) {
      let walk = WriteWalk(
        key, content, .anything, chain(for: key), settings, clock, without: [], deadline: deadline)
      let outcome = await carryOut(walk, quorum)
      if start == .asksFirst { noteUnknownKey(content, isThere: walk.isThere) }
      endLease(of: key, after: outcome)
      receiver.receive(outcome)
    }
  }

  private enum Start {
    case isUnderWay
    /// Nothing was done, as the last keys of which nothing was known were there.
    case asksFirst
    /// Nothing was done: more care is called for.
    case needsCare
  }

  /// `nothingIsThere`: the links have just said so.
  private func writeDirectly(
    _ key: Key, _ content: WriteContent, _ quorum: Int, nothingIsThere: Bool = false, until end: Instant,
    for receiver: any WriteReceiver
  ) -> Start {
    let now = loop.now
    guard let (nodes, count) = linksOfDirectWrite(key, now) else { return .needsCare }
    let known = pool.knownCopies.find(key)
    let isUnknown = known == nil && !nothingIsThere
    guard content.canBeStoredUnasked(isUnknown: isUnknown) else { return .needsCare }
    if isUnknown, areThere(content) { return .asksFirst }
    let wallClock = loop.wallClock
    guard
      let record = content.record(clock.next(at: wallClock), writtenAt: UInt32(clamping: wallClock.seconds))
    else { return .needsCare }
    let write = DirectWrite(
      key, content, record, quorum: quorum, nodes: nodes, count: count, holderCount: layout.wanted,
      isGuess: isUnknown, deadline: end, for: receiver, on: self)
    let deadline = operationDeadline(within: end)
    let name = key.wireKey
    for slot in 0..<count {
      // The links' connections stand, see above.
      _ = withLink(nodes[slot]) { link in
        write.set(slot, era: link.era, known: known).map {
          link.sendSet(name, $0, deadline: deadline, to: write, slot: slot)
        } ?? link.sendPeek(name, deadline: deadline, to: write, slot: slot)
      }
    }
    return .isUnderWay
  }

  /// The placement and what must be cleared, when each of them is up and its clock is known; nil otherwise.
  ///
  /// The version is drawn before the links have told theirs, so it must be sure to be above those that were written
  /// before: as far as gateways have left their clocks on the nodes, it is.
  private func linksOfDirectWrite(_ key: Key, _ now: Instant) -> (InlineArray<4, Int>, count: Int)? {
    let order = layout.current.order
    let count = pool.reachIsOpen(now: now) ? order.count : layout.wanted
    guard writesDirectly, count <= DirectWrite.mostLinks else { return nil }
    let nodes = order.first(count, forKeyHash: key.hash)
    for slot in 0..<count {
      let isReady = withLink(nodes[slot]) { $0.node.isUp && $0.node.hasToldClock && $0.era != 0 }
      guard isReady else { return nil }
    }
    return (nodes, count)
  }

  /// After all links have answered.
  func goOn(with write: DirectWrite) {
    guard let receiver = write.takeReceiver() else { return }
    if write.isGuess { noteUnknownKey(write.content, isThere: write.isThere) }
    if let stored = write.stored, write.quorum <= write.holderCount {
      pool.knownCopies.note(stored)
      let outcome = WriteOutcome(
        version: write.version, standing: write.holderCount, wanted: write.holderCount, failure: nil)
      endLease(of: write.key, after: outcome)
      receiver.receive(outcome)
    } else {
      pool.knownCopies.forget(write.key)
      if !writeAgain(write, receiver) { takeOn(write, receiver) }
    }
  }

  /// Where nothing is left of what was known, it is as if nothing had been known. Only once: what is added finds no
  /// item missing.
  private func writeAgain(_ write: DirectWrite, _ receiver: any WriteReceiver) -> Bool {
    write.foundNothing && loop.now < write.deadline
      && writeDirectly(
        write.key, write.content, write.quorum, nothingIsThere: true, until: write.deadline, for: receiver)
        == .isUnderWay
  }

  /// Goes on in a task. Where nothing stands yet, it is as if the write had only begun.
  private func takeOn(_ write: DirectWrite, _ receiver: any WriteReceiver) {
    // All are confined to the loop's thread.
    nonisolated(unsafe) let (write, receiver) = (write, receiver)
    Task.immediate(executorPreference: loop) {
      let walk = WriteWalk(
        write.key, write.content, .anything, chain(for: write.key), settings, clock, without: write.silent,
        deadline: write.deadline)
      if write.mayStand { walk.takeOn(write, now: loop.wallClock) }
      let outcome = await carryOut(walk, write.quorum)
      endLease(of: write.key, after: outcome)
      receiver.receive(outcome)
    }
  }
}

// MARK: Keys of which nothing is known

extension Coordinator {
  private func areThere(_ content: WriteContent) -> Bool {
    if case .tombstone = content { unknownKeys.tombstones.areThere } else { unknownKeys.values.areThere }
  }

  /// `isThere`: nil where no link has told.
  private func noteUnknownKey(_ content: WriteContent, isThere: Bool?) {
    guard let isThere else { return }
    if case .tombstone = content {
      unknownKeys.tombstones.note(isThere: isThere)
    } else {
      unknownKeys.values.note(isThere: isThere)
    }
  }
}

extension WriteContent {
  /// Above this, what the links hold is asked for before it is sent in vain.
  private static let mostSentInVain = 16 * 1024

  fileprivate func canBeStoredUnasked(isUnknown: Bool) -> Bool {
    switch self {
    case .value(let value): !isUnknown || value.body.count <= Self.mostSentInVain
    case .tombstone: true
    case .chunks, .renewal, .plainValue, .removal: false
    }
  }
}

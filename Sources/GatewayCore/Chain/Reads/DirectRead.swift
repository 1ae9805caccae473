/// Hears what a read found, and when.
public protocol GetReceiver: AnyObject {
  func receive(_ outcome: GetOutcome, at now: WallTime)
}

/// A read under way, and all that it needs as long as the links of the placement answer in time and agree, as
/// they do for almost every hit: no task and no allocation. When they do not, a task takes it on from there,
/// as a `ReadWalk`.
///
/// Objects are used again, by way of `ReadsUnderWay`.
final class DirectRead: ReplyReceiver {
  /// Placements of more links are read by a task from the start.
  static let mostLinks = 4

  private unowned(unsafe) let coordinator: Coordinator
  private(set) var key: Key
  private var receiver: (any GetReceiver)?
  private(set) var begun = Instant.distantFuture
  /// The next one in its bucket of `ReadsUnderWay`.
  var next: Unmanaged<DirectRead>?
  /// Goes up with each use.
  private(set) var use: UInt64 = 0

  private var nodes = InlineArray<4, Int>(repeating: 0)
  /// Of the links when they were asked.
  private var eras = InlineArray<4, UInt64>(repeating: 0)
  /// What the links were known to hold. Then only the first one is asked for the value, and the others, as far as
  /// they are known, which item they have.
  private var known: KnownCopies.Entry?
  private var isPeek = InlineArray<4, Bool>(repeating: false)
  private var values = InlineArray<4, MetaValue?>(repeating: nil)
  /// Replies that are no values; to a peek, also the item that is there.
  private var others = InlineArray<4, NodeReply?>(repeating: nil)
  private(set) var count = 0
  /// Of the layout that named the links.
  private(set) var generation = 0
  private(set) var outstanding = 0
  /// Waits for the links that it asked itself, until it is answered or a task takes over.
  private(set) var isDirect = false
  /// Of the first value, how long it waits for the others; nil before there is one.
  private var valueGraceEnd: Instant?
  /// Gets the replies once a task has taken over.
  private var fanOut: FanOut?
  /// Of that task.
  private var walk: ReadWalk?
  private var isFinished = false

  /// When the commands were queued, in the loop's flushes; nil before.
  private var issued: UInt64?
  /// Other reads of the key that wait for this one.
  private var shared: SharedWalk?

  init(_ key: Key, on coordinator: Coordinator) {
    self.key = key
    self.coordinator = coordinator
  }

  // MARK: One use

  func begin(_ key: Key, for receiver: any GetReceiver, at now: Instant, flushCount: UInt64) {
    self.key = key
    begun = now
    self.receiver = receiver
    use &+= 1
    count = 0
    outstanding = 0
    known = nil
    valueGraceEnd = nil
    isFinished = false
    issued = flushCount
  }

  /// Before the commands are sent, in the chain's order, by the layout of this generation.
  func ask(_ nodes: InlineArray<4, Int>, count: Int, known: KnownCopies.Entry?, generation: Int) {
    self.nodes = nodes
    self.known = known
    self.count = count
    self.generation = generation
    outstanding = count
    isDirect = true
  }

  /// Whether a link need only tell which item it has.
  func asksForItemOnly(_ slot: Int, era: UInt64) -> Bool {
    eras[slot] = era
    isPeek[slot] = slot > 0 && known?.cas(slot, era: era) != nil
    return isPeek[slot]
  }

  func receive(_ reply: NodeReply, slot: Int) {
    outstanding -= 1
    if let fanOut { return receiveLate(reply, slot, fanOut) }
    var isValue = true
    switch reply {
    case .success(.value(let value)): values[slot] = value
    case .success(.item): others[slot] = reply
    default:
      others[slot] = reply
      isValue = false
    }
    if outstanding == 0 {
      coordinator.isolated(self) { $0.goOn(with: $1) }
    } else if isValue, valueGraceEnd == nil {
      coordinator.isolated(self) { $0.startGrace(of: $1) }
    }
  }

  /// After a task has taken over.
  private func receiveLate(_ reply: NodeReply, _ slot: Int, _ fanOut: FanOut) {
    switch reply {
    case .success(.item(_, let cas)) where isCopyOfAnswer(slot, cas):
      walk?.knowsItem(of: slot)
      fanOut.receive(reply, slot: slot)
    case .success(.item):
      coordinator.isolated((self, fanOut, slot)) {
        $0.askForValue($1.0.node($1.2), of: $1.1, slot: $1.2, $1.0)
      }
    default: fanOut.receive(reply, slot: slot)
    }
    if isFinished, outstanding == 0 { coordinator.isolated(self) { $0.reads.recycle($1) } }
  }

  /// Whether the item of a link that answers late is the one it was known to have, of the version that was found.
  private func isCopyOfAnswer(_ slot: Int, _ cas: UInt64) -> Bool {
    isKnown(slot, cas) && walk?.findings.best?.copy.version == known?.version
  }

  private func isKnown(_ slot: Int, _ cas: UInt64) -> Bool { known?.cas(slot, era: eras[slot]) == cas }

  /// Waits for the others until `end`.
  func startGrace(until end: Instant) { valueGraceEnd = end }

  /// It has heard from others, but the link that was asked for the value has not answered yet.
  var lacksValue: Bool {
    for slot in 0..<count where values[slot] != nil { return false }
    return count > 0 && others[0] == nil
  }

  /// nil while it waits for no grace to end.
  var graceEnd: Instant? { isDirect ? valueGraceEnd : nil }

  /// What the links hold when all of them have answered with the same version: the first one's copy, with
  /// nothing to repair.
  func agreement(isTrusted: (Int) -> Bool) -> Finding? {
    guard count > 0, outstanding == 0, let first = values[0], isTrusted(nodes[0]),
      case .copy(let copy) = Holding(first, key: key)
    else { return nil }
    for slot in 1..<max(1, count) {
      guard isTrusted(nodes[slot]), isCopy(of: copy.version, first, slot) else { return nil }
    }
    return Finding(link: link(0), copy: copy)
  }

  private func isCopy(of version: Version, _ first: MetaValue, _ slot: Int) -> Bool {
    if isPeek[slot] {
      return known?.version == version && isKnownItem(slot)
    }
    guard let value = values[slot] else { return false }
    if RecordDecoder.areEqual(first, value) { return true }
    guard case .copy(let other) = Holding(value, key: key) else { return false }
    return other.version == version
  }

  /// All links have answered, and hold nothing.
  var hasMissed: Bool {
    guard count > 0, outstanding == 0 else { return false }
    for slot in 0..<count {
      guard case .success(.miss) = others[slot] else { return false }
    }
    return true
  }

  /// What was learned from a read whose links agree; nil when that is nothing new.
  func learned(_ version: Version) -> KnownCopies.Entry? {
    guard count > 1, count <= KnownCopies.mostLinks else { return nil }
    var entry = KnownCopies.Entry(key, version)
    var isNew = false
    for slot in 0..<count {
      if slot > 0, !isPeek[slot] { isNew = true }
      let cas = values[slot]?.cas ?? known?.cas(slot, era: eras[slot])
      entry.items[slot] = KnownItem(era: eras[slot], cas: cas ?? 0)
    }
    return isNew ? entry : nil
  }

  /// Something was known, and the links have told otherwise.
  var wasMistaken: Bool {
    guard known != nil else { return false }
    var allTold = outstanding == 0
    for slot in 0..<count {
      switch reply(slot) {
      case .success(.item(_, let cas)): if !isKnown(slot, cas) { return true }
      case .success(.miss): return true
      case .success: break
      case .failure, nil: allTold = false
      }
    }
    return allTold
  }

  private func reply(_ slot: Int) -> NodeReply? {
    values[slot].map { .success(.value($0)) } ?? others[slot]
  }

  private func link(_ slot: Int) -> Link { Link(position: slot, node: nodes[slot], isNatural: true) }

  var hasAsked: Bool { count > 0 }

  func node(_ slot: Int) -> Int { nodes[slot] }

  /// Hands over to a task. What is outstanding will be received by the walk's fan-out; nil: by nobody. Returns the
  /// slots of links that have told which item they have, and are to be asked for its value: not those whose item is
  /// known to be a copy of what the first link has sent.
  func continueAs(_ walk: ReadWalk?, loop: any EventLoop) -> (FanOut, toAsk: [Int]) {
    var toAsk = (0..<count).filter { if case .success(.item) = others[$0] { true } else { false } }
    if !toAsk.isEmpty, knowsFirst {
      for slot in toAsk where isKnownItem(slot) { walk?.knowsItem(of: slot) }
      toAsk.removeAll(where: isKnownItem)
    }
    for slot in toAsk { others[slot] = nil }
    let fanOut = FanOut(
      replies: (0..<count).map(reply), outstanding: outstanding + toAsk.count, awaiting: toAsk, loop: loop)
    walk?.takeOn(fanOut, count: count, eras: eras)
    self.fanOut = fanOut
    self.walk = walk
    isDirect = false
    forgetReplies()
    return (fanOut, toAsk: walk == nil ? [] : toAsk)
  }

  /// The first link has sent the version that was known.
  private var knowsFirst: Bool {
    guard let known, let first = values[0], case .copy(let copy) = Holding(first, key: key) else {
      return false
    }
    return copy.version == known.version
  }

  private func isKnownItem(_ slot: Int) -> Bool {
    guard case .success(.item(_, let cas)) = others[slot] else { return false }
    return isKnown(slot, cas)
  }

  private func forgetReplies() {
    for slot in 0..<count {
      values[slot] = nil
      others[slot] = nil
    }
  }

  // MARK: Its end

  /// Who is to hear the outcome; once.
  func takeReceiver() -> (any GetReceiver)? { receiver.take() }

  /// False when identical reads wait for the next turn: then it stays under way for them.
  func finish(_ outcome: GetOutcome) -> Bool {
    forgetReplies()
    isDirect = false
    if let shared {
      self.shared = shared.finish(outcome)
      issued = nil
    }
    isFinished = shared == nil
    return isFinished
  }

  /// Nothing refers to it any more that would call it.
  var isIdle: Bool { isFinished && outstanding == 0 }

  func rest() {
    fanOut = nil
    walk = nil
  }

  // MARK: Identical reads

  /// The walk that others wait for.
  func share() -> SharedWalk {
    if let shared { return shared }
    let shared = SharedWalk()
    if let issued { shared.issue(flushCount: issued) }
    self.shared = shared
    return shared
  }
}

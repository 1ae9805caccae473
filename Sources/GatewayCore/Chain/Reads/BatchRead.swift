/// Hears what the reads of a batch found, each by its number.
public protocol BatchReadReceiver: AnyObject {
  /// A value that has no stale windows and is not in chunks, as most hits are.
  func receive(_ value: ReadValue, number: Int, on coordinator: isolated Coordinator)

  func receive(_ outcome: GetOutcome, number: Int, on coordinator: isolated Coordinator)
}

/// The reads of one batch: one object that hears all replies, and some 250 bytes for each key, which lie next to each
/// other. Thousands of keys may be under way; what each one takes is what the processor's caches do not hold.
///
/// It knows the usual case only: the links of the placement answer in time and agree. A read that turns out otherwise
/// is handed over to a `DirectRead`, along with the replies there are. Reads of a batch do not share a walk with
/// identical ones.
public final class BatchRead: ReplyReceiver, TimerTarget {
  /// One link of a key's placement, and what it has answered.
  private struct AskedLink {
    enum Answer {
      case none
      case value
      case item
      case miss
      /// None of these.
      case other
    }

    /// As long as it is needed.
    var value: MetaValue?
    var answer = Answer.none
    /// It is known to have the item `known`, and is asked only whether it still has that one.
    let isPeek: Bool
    let node: Int32
    let known: UInt64
    /// When it was asked.
    let era: UInt64
    var item: (cas: UInt64, clientFlags: UInt32) = (0, 0)

    var hasItem: Bool { answer == .value || answer == .item }
  }

  /// One read under way.
  private struct BatchedKey {
    let key: Key
    var isHandedOver = false
    var outstanding: Int8
    let number: Int32
    let begun: Instant
    /// Of the items that its links are known to have; nil: nothing is known.
    let knownVersion: Version?
    /// Of the first value; in the distant future before it.
    var graceEnd = Instant.distantFuture
  }

  private let mode: ReadMode
  private let receiver: any BatchReadReceiver
  private unowned(unsafe) let coordinator: Coordinator
  private let loop: any EventLoop
  private let grace: Duration
  /// When it was begun, in the loop's flushes: before its commands left.
  private let flushCount: UInt64
  /// How many links are asked for a key; 0 where no read is as simple as that.
  private let linkCount: Int
  /// Of the layout that names them.
  private let generation: Int
  private var keys: [BatchedKey] = []
  /// `linkCount` for each key, in the chain's order.
  private var links: [AskedLink] = []
  /// Reads that have not been finished or handed over.
  private var waitingCount = 0
  /// Of links that failed, by their slots.
  private var others: [Int: NodeReply] = [:]
  /// Who goes on with a read, by its place.
  private var successors: [Int: DirectRead] = [:]
  private var graceTimer = EarliestTimer()
  private var values = ValueBlock()

  /// `count`: of reads that will be begun, at most.
  public init(
    count: Int, _ mode: ReadMode, for receiver: any BatchReadReceiver, on coordinator: isolated Coordinator
  ) {
    self.mode = mode
    self.receiver = receiver
    self.coordinator = coordinator
    loop = coordinator.loop
    grace = coordinator.settings.readGrace
    flushCount = loop.flushCount
    generation = coordinator.layout.generation
    linkCount = mode == .configured ? coordinator.directLinks : 0
    keys.reserveCapacity(count)
    links.reserveCapacity(count * linkCount)
  }

  /// To be called some reads before that of a key with this hash is begun.
  public static func prepare(_ keyHash: UInt64, on coordinator: isolated Coordinator) {
    coordinator.pool.knownCopies.prefetch(keyHash)
  }

  /// The receiver may hear of the outcome at once.
  public func begin(_ key: Key, number: Int, on coordinator: isolated Coordinator) {
    if linkCount > 0, generation == coordinator.layout.generation,
      coordinator.ask(linkCount, of: key, number: number, for: self)
    {
      return
    }
    coordinator.get(key, mode, for: SingleRead(number, of: self, on: coordinator))
  }

  /// Has commands leave where many are queued. To be called once a batch has begun what goes at a time.
  public static func flushEarly(on coordinator: isolated Coordinator) {
    var hasFlushed = false
    for link in coordinator.links where link.flushEarly() { hasFlushed = true }
    if hasFlushed { coordinator.loop.countFlush() }
  }

  // MARK: Asking

  /// Returns its place.
  fileprivate func add(_ key: Key, _ number: Int, at now: Instant, _ known: KnownCopies.Entry?) -> Int {
    waitingCount += 1
    keys.append(
      BatchedKey(
        key: key, outstanding: Int8(linkCount), number: Int32(number), begun: now,
        knownVersion: known?.version))
    return keys.count - 1
  }

  /// The next link of the key that was added last. Returns whether it need only tell which item it has.
  fileprivate func addLink(_ position: Int, _ node: Int, era: UInt64, _ known: KnownCopies.Entry?) -> Bool {
    let cas = position > 0 ? known?.cas(position, era: era) : nil
    links.append(AskedLink(value: nil, isPeek: cas != nil, node: Int32(node), known: cas ?? 0, era: era))
    return cas != nil
  }

  fileprivate static func slot(_ place: Int, _ position: Int) -> Int {
    place * DirectRead.mostLinks + position
  }

  // MARK: Replies

  public var borrowsShortValues: Bool { true }

  public func receive(_ reply: NodeReply, slot: Int) {
    let (place, position) = (slot / DirectRead.mostLinks, slot % DirectRead.mostLinks)
    if keys[place].isHandedOver { return handOn(reply, place, position) }
    let link = place * linkCount + position
    take(reply, slot, link)
    keys[place].outstanding -= 1
    if keys[place].outstanding == 0 {
      coordinator.isolated((self, place)) { $0.goOn(with: $1.0, $1.1) }
    } else if links[link].hasItem, keys[place].graceEnd == .distantFuture {
      startGrace(of: place)
    }
  }

  private func take(_ reply: NodeReply, _ slot: Int, _ link: Int) {
    switch reply {
    case .success(.value(let value)):
      links[link].value = values.keep(value)
      links[link].answer = .value
    case .success(.item(let clientFlags, let cas)):
      links[link].item = (cas, clientFlags)
      links[link].answer = .item
    case .success(.miss): links[link].answer = .miss
    default:
      others[slot] = reply
      links[link].answer = .other
    }
  }

  /// The record that the links hold when all of them have answered with the same version: the first one's copy, with
  /// nothing to repair. As `DirectRead.agreement`.
  fileprivate func agreement(_ place: Int, isTrusted: (Int) -> Bool) -> RecordParts? {
    let first = place * linkCount
    guard let value = links[first].value, isTrusted(Int(links[first].node)),
      let parts = parts(of: value, place)
    else { return nil }
    for link in first + 1..<first + linkCount {
      guard isTrusted(Int(links[link].node)), isCopy(of: parts.version, value, link, place) else {
        return nil
      }
    }
    return parts
  }

  private func parts(of value: MetaValue, _ place: Int) -> RecordParts? {
    guard RecordFormat.isRecord(value.clientFlags) else { return nil }
    return RecordDecoder.parts(of: value, for: keys[place].key)
  }

  private func isCopy(of version: Version, _ first: MetaValue, _ link: Int, _ place: Int) -> Bool {
    if links[link].isPeek {
      return links[link].answer == .item && links[link].item.cas == links[link].known
        && keys[place].knownVersion == version
    }
    guard let value = links[link].value else { return false }
    return RecordDecoder.areEqual(first, value) || parts(of: value, place)?.version == version
  }

  /// What was learned from a read whose links agree; nil when that is nothing new.
  fileprivate func learned(_ place: Int, _ version: Version) -> KnownCopies.Entry? {
    guard linkCount > 1, linkCount <= KnownCopies.mostLinks else { return nil }
    let asked = place * linkCount..<(place + 1) * linkCount
    guard asked.dropFirst().contains(where: { !links[$0].isPeek }) else { return nil }
    var entry = KnownCopies.Entry(keys[place].key, version)
    for (position, link) in asked.enumerated() {
      entry.items[position] = KnownItem(
        era: links[link].era, cas: links[link].value?.cas ?? links[link].known)
    }
    return entry
  }

  fileprivate func finish(_ place: Int, _ parts: RecordParts, on coordinator: isolated Coordinator) {
    let link = place * linkCount
    guard let value = links[link].value.take() else { return }
    endWaiting(for: place)
    let number = Int(keys[place].number)
    if parts.kind == .value, parts.windows.isNone {
      receiver.receive(ReadValue(value, parts), number: number, on: coordinator)
    } else {
      let copy = StoredCopy(RecordDecoder.decoded(value, parts), cas: value.cas)
      let first = Link(position: 0, node: Int(links[link].node), isNatural: true)
      receive(coordinator.outcome(Finding(link: first, copy: copy)), number: number, on: coordinator)
    }
  }

  private func endWaiting(for place: Int) {
    waitingCount -= 1
    // The timer would keep the whole batch in memory.
    if waitingCount == 0 { graceTimer.cancel(on: loop) }
    for link in place * linkCount..<(place + 1) * linkCount { links[link].value = nil }
  }

  fileprivate func receive(_ outcome: GetOutcome, number: Int, on coordinator: isolated Coordinator) {
    receiver.receive(outcome, number: number, on: coordinator)
  }

  // MARK: The read grace

  private func startGrace(of place: Int) {
    if grace == .zero { return coordinator.isolated((self, place)) { $1.0.handOver($1.1, on: $0) } }
    let end = loop.now + grace
    keys[place].graceEnd = end
    graceTimer.arm(end, on: loop, self)
  }

  public func timerFired() {
    graceTimer.fired()
    coordinator.isolated(self) { $1.endGraces(on: $0) }
  }

  private func endGraces(on coordinator: isolated Coordinator) {
    var next = Instant.distantFuture
    for place in keys.indices where keys[place].outstanding > 0 && !keys[place].isHandedOver {
      let end = keys[place].graceEnd
      if end <= coordinator.loop.now {
        handOver(place, on: coordinator)
      } else {
        next = min(next, end)
      }
    }
    if next < .distantFuture { graceTimer.arm(next, on: coordinator.loop, self) }
  }

  // MARK: Handing over

  /// Has a `DirectRead` go on with a read, and with all that has been answered. It hears the other replies.
  fileprivate func handOver(_ place: Int, on coordinator: isolated Coordinator) {
    let read = successor(of: place, on: coordinator)
    let replies = (0..<linkCount).map { reply(place, $0) }
    keys[place].isHandedOver = true
    endWaiting(for: place)
    if keys[place].outstanding > 0 { successors[place] = read }
    for (position, reply) in replies.enumerated() {
      if let reply { read.receive(reply, slot: position) }
    }
    if keys[place].outstanding > 0 { coordinator.graceIsOver(for: read) }
  }

  private func successor(of place: Int, on coordinator: isolated Coordinator) -> DirectRead {
    let key = keys[place]
    let asked = links[place * linkCount..<(place + 1) * linkCount]
    let read = coordinator.reads.begin(
      key.key, for: SingleRead(Int(key.number), of: self, on: coordinator), at: key.begun,
      flushCount: flushCount, on: coordinator)
    read.ask(nodes(asked), count: linkCount, known: known(key, asked), generation: generation)
    for (position, link) in asked.enumerated() { _ = read.asksForItemOnly(position, era: link.era) }
    // Its grace is over, or nothing is waited for.
    read.startGrace(until: key.graceEnd)
    return read
  }

  private func nodes(_ asked: ArraySlice<AskedLink>) -> InlineArray<4, Int> {
    InlineArray { $0 < asked.count ? Int(asked[asked.startIndex + $0].node) : 0 }
  }

  private func known(_ key: BatchedKey, _ asked: ArraySlice<AskedLink>) -> KnownCopies.Entry? {
    guard let version = key.knownVersion else { return nil }
    var entry = KnownCopies.Entry(key.key, version)
    for (position, link) in asked.enumerated() where link.isPeek {
      entry.items[position] = KnownItem(era: link.era, cas: link.known)
    }
    return entry
  }

  private func reply(_ place: Int, _ position: Int) -> NodeReply? {
    let link = links[place * linkCount + position]
    switch link.answer {
    case .none: return nil
    case .value: return link.value.map { .success(.value($0)) }
    case .item: return .success(.item(clientFlags: link.item.clientFlags, cas: link.item.cas))
    case .miss: return .success(.miss)
    case .other: return others[Self.slot(place, position)]
    }
  }

  private func handOn(_ reply: NodeReply, _ place: Int, _ position: Int) {
    keys[place].outstanding -= 1
    let read = successors[place]
    if keys[place].outstanding == 0 { successors[place] = nil }
    if case .success(.value(let value)) = reply {
      read?.receive(.success(.value(values.keep(value))), slot: position)
    } else {
      read?.receive(reply, slot: position)
    }
  }
}

extension Coordinator {
  /// As `askDirectly`. False where the read needs more care, and nothing was done.
  fileprivate func ask(_ count: Int, of key: Key, number: Int, for batch: BatchRead) -> Bool {
    let now = loop.now
    let nodes = layout.current.order.first(count, forKeyHash: key.hash)
    for position in 0..<count where !withLink(nodes[position], { $0.servesAlone(key, now: now) }) {
      return false
    }
    // Without a grace the first value is the answer, so each link is to send its own.
    let isCompared = count > 1 && settings.readGrace != .zero
    let known = isCompared ? pool.knownCopies.find(key) : nil
    let place = batch.add(key, number, at: now, known)
    let deadline = now + directTimeout
    let name = key.wireKey
    for position in 0..<count {
      let slot = BatchRead.slot(place, position)
      let isSent = withLink(nodes[position]) { link in
        batch.addLink(position, nodes[position], era: link.era, known)
          ? link.sendPeek(name, deadline: deadline, to: batch, slot: slot)
          : link.sendGet(name, deadline: deadline, to: batch, slot: slot)
      }
      if !isSent { batch.receive(.failure(.unreachable), slot: slot) }
    }
    return true
  }

  /// After all links have answered.
  fileprivate func goOn(with batch: BatchRead, _ place: Int) {
    let turn = loop.now
    let agreement = batch.agreement(place, isTrusted: { withLink($0) { $0.node.isTrusted(now: turn) } })
    guard let parts = agreement else { return batch.handOver(place, on: self) }
    clock.observe(parts.version, at: loop.wallClock)
    if let learned = batch.learned(place, parts.version) { note(learned, parts.kind) }
    batch.finish(place, parts, on: self)
  }
}

/// One read of a batch that goes its own way.
private final class SingleRead: GetReceiver {
  private let number: Int
  private let batch: BatchRead
  private let coordinator: Coordinator

  init(_ number: Int, of batch: BatchRead, on coordinator: Coordinator) {
    self.number = number
    self.batch = batch
    self.coordinator = coordinator
  }

  func receive(_ outcome: GetOutcome, at now: WallTime) {
    coordinator.isolated((self, outcome)) { $1.0.batch.receive($1.1, number: $1.0.number, on: $0) }
  }
}

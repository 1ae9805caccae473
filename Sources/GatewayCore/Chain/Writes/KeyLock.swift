/// A lock on one key for the time of a conditional write: a small item on every link of the placement, stored
/// by add.
///
/// It is a lease, whose length the item tells: who has it begins nothing once that is over. So a lock that
/// others have seen unchanged for that long was left behind, by a gateway that died or cannot reach the link,
/// and may be broken.
final class KeyLock {
  let name: WireKey
  /// Of the request.
  let deadline: Instant
  /// Tells this attempt's items from all others under the same name, and for how long they hold.
  private(set) var mark: LockMark
  private(set) var item: MetaSet
  private let settings: ChainSettings
  private let wholeChain: PlacementWalk
  private var chain: PlacementWalk
  private var candidate: Link?
  /// Where it is held, with the items' CAS numbers.
  private(set) var held: [(link: Link, cas: UInt64)] = []
  /// Links that did not answer: they may have it, too. The rest of the request does without them.
  private(set) var silent: [Link] = []
  /// When this attempt began.
  private var begun: Instant
  /// Somebody else had it at some time.
  private(set) var wasContended = false

  init(
    _ key: Key, _ chain: PlacementWalk, _ settings: ChainSettings, now: Instant, deadline: Instant,
    token: UInt32
  ) {
    name = ReservedName.lock(key)
    self.settings = settings
    wholeChain = chain
    self.chain = chain
    self.deadline = deadline
    begun = now
    mark = LockMark(token: token, lease: Self.lease(settings))
    item = Self.item(mark, settings)
  }

  private static func item(_ mark: LockMark, _ settings: ChainSettings) -> MetaSet {
    // Whole seconds, the current one counted: outlives the lease by a second at least.
    let lifetime = Lifetime(settings.requestTimeout + .seconds(2))
    return MetaSet(
      mode: .add, clientFlags: mark.clientFlags, lifetime: lifetime, head: [], body: .empty,
      wantsNumber: true)
  }

  /// About two thirds of a request's time: enough for slow nodes, and some is left for who breaks it.
  private static func lease(_ settings: ChainSettings) -> Duration {
    min(settings.requestTimeout * 13 / 20, LockMark.longestLease)
  }

  /// Until when its holder may begin to change something.
  var leaseEnd: Instant { min(begun + Self.lease(settings), deadline) }

  var isHeld: Bool { !held.isEmpty && candidate == nil }

  /// Where to try to take it next; nil when it is held by the whole placement, or no link is left. The lease
  /// begins anew as long as it is on no link.
  func nextLink(now: Instant, where isUp: (Int) -> Bool) -> Link? {
    if held.isEmpty, silent.isEmpty { begun = now }
    if candidate == nil, held.count < chain.replicas {
      candidate = chain.next(1) { node in isUp(node) && !silent.contains { $0.node == node } }.first
    }
    return candidate
  }

  /// Where it is to be held, whoever has it now.
  func placement(where isUp: (Int) -> Bool) -> [Link] {
    var chain = wholeChain
    return chain.next(chain.replicas) { node in isUp(node) && !silent.contains { $0.node == node } }
  }

  /// Takes in the reply to an add. False when somebody else has it there.
  func take(_ reply: NodeReply?, from link: Link) -> Bool {
    switch reply {
    case .success(.stored(let cas)):
      held.append((link, cas))
    case .success(.notStored):
      wasContended = true
      return false
    default:
      silent.append(link)
    }
    candidate = nil
    return true
  }

  /// Begins again, after its lease ran out while it was being taken and what was held has been released.
  func startOver(now: Instant, token: UInt32) {
    begun = now
    mark = LockMark(token: token, lease: Self.lease(settings))
    item = Self.item(mark, settings)
    chain = wholeChain
    candidate = nil
    held = []
  }
}

/// A lock on one key for the time of a conditional write: a small item on every link of the placement, stored
/// by add, that runs out by itself when its owner is gone.
final class KeyLock {
  let name: WireKey
  let item: MetaSet
  let deadline: Instant
  /// Tells this lock from another one of the same key.
  let token: UInt32
  private let wanted: Int
  private var chain: PlacementWalk
  private var candidate: Link?
  private(set) var held: [Link] = []
  /// Links that did not answer: they may have it, too. The rest of the request does without them.
  private(set) var silent: [Link] = []
  /// Somebody else has it at the link asked last.
  private(set) var isContended = false
  /// Somebody else had it at some time.
  private(set) var wasContended = false

  init(_ key: Key, _ chain: PlacementWalk, _ settings: ChainSettings, deadline: Instant, token: UInt32) {
    self.token = token
    name = ReservedName.lock(key)
    self.chain = chain
    self.deadline = deadline
    wanted = settings.replicas
    // Whole seconds, the current one counted: outlives the request by a second at least.
    let lifetime = Lifetime(settings.requestTimeout + .seconds(2))
    item = MetaSet(mode: .add, clientFlags: token, lifetime: lifetime, head: [], body: .empty)
  }

  var isHeld: Bool { !held.isEmpty && candidate == nil }

  /// Where to try to take it next; nil when it is held by the whole placement, or no link is left.
  func nextLink(where isUp: (Int) -> Bool) -> Link? {
    if candidate == nil, held.count < wanted { candidate = chain.next(1, where: isUp).first }
    return candidate
  }

  func take(_ reply: NodeReply?, from link: Link) {
    isContended = false
    switch reply {
    case .success(.done):
      held.append(link)
      candidate = nil
    case .success(.notStored):
      isContended = true
      wasContended = true
    default:
      silent.append(link)
      candidate = nil
    }
  }
}

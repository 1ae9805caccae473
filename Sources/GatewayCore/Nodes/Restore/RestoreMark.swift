/// How it is known that a node was emptied (rule C11): one that holds all it is to hold has a mark among its items,
/// which dies with its process, or a flush. So no gateway need remember, and any can take a restore up.
extension Coordinator {
  /// Looks for the mark; a part of each probe.
  func lookForMark(_ link: NodeLink, _ deadline: Instant) async {
    guard pool.restoresNodes.load(ordering: .relaxed) else { return }
    let fanOut = FanOut(count: 1, loop: loop)
    send(.get(ReservedName.restored), over: link, to: fanOut, slot: 0, deadline: deadline)
    await fanOut.all()
    switch fanOut.replies[0] {
    case .success(.value): link.node.restore.markWasFound()
    case .success(.miss): link.node.restore.markIsMissing()
    default: return
    }
  }

  /// Whether the node has the mark now.
  func leaveMark(_ link: NodeLink) async -> Bool {
    let item = MetaSet(mode: .add, clientFlags: 0, lifetime: .forever, head: [], body: .empty)
    let fanOut = FanOut(count: 1, loop: loop)
    let deadline = loop.now + settings.operationTimeout
    send(.set(ReservedName.restored, item), over: link, to: fanOut, slot: 0, deadline: deadline)
    await fanOut.all()
    switch fanOut.replies[0] {
    case .success(.done), .success(.notStored): return true
    default: return false
    }
  }
}

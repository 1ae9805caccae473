/// The lock that has one gateway at a time restore a node: an item on the node itself. It saves work only; copies
/// never replace anything, so two gateways that both believe to have it do no harm.
final class TransferLock {
  /// Of the item, in seconds: so long after its owner's end another gateway takes over.
  static let lifetime = Duration.seconds(10)
  /// Two renewals may fail.
  static let renewal = Duration.seconds(3)

  private(set) var cas: UInt64
  private(set) var isHeld = true

  init(cas: UInt64) {
    self.cas = cas
  }

  func renewed(_ cas: UInt64) { self.cas = cas }

  func lost() { isHeld = false }

  static func item(_ mode: MetaSet.Mode) -> MetaSet {
    MetaSet(
      mode: mode, clientFlags: 0, lifetime: Lifetime(lifetime), head: [], body: .empty, wantsNumber: true)
  }
}

extension Coordinator {
  /// nil when somebody else has it, or the node does not answer.
  func takeTransferLock(_ link: NodeLink) async -> TransferLock? {
    guard case .success(.stored(let cas)) = await setTransferLock(link, .add) else { return nil }
    let lock = TransferLock(cas: cas)
    Task.immediate(executorPreference: loop) { await keepTransferLock(lock, link) }
    return lock
  }

  private func setTransferLock(_ link: NodeLink, _ mode: MetaSet.Mode) async -> NodeReply? {
    await ask(.set(ReservedName.restoring, TransferLock.item(mode)), link)
  }

  /// Renews it until it is lost or given back.
  private func keepTransferLock(_ lock: TransferLock, _ link: NodeLink) async {
    while true {
      await loop.sleep(TransferLock.renewal)
      guard lock.isHeld, !isStopped else { return lock.lost() }
      guard case .success(.stored(let cas)) = await setTransferLock(link, .compareAndSwap(lock.cas)) else {
        return lock.lost()
      }
      lock.renewed(cas)
    }
  }

  func giveBack(_ lock: TransferLock, _ link: NodeLink) async {
    guard lock.isHeld else { return }
    lock.lost()
    _ = await ask(.delete(ReservedName.restoring, cas: lock.cas), link)
  }

  /// Sends one command over a link.
  func ask(_ command: MetaCommand, _ link: NodeLink) async -> NodeReply? {
    let fanOut = FanOut(count: 1, loop: loop)
    send(command, over: link, to: fanOut, slot: 0, deadline: loop.now + settings.operationTimeout)
    await fanOut.all()
    return fanOut.replies[0]
  }
}

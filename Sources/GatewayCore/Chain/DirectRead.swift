/// Hears what a read found.
public protocol GetReceiver: AnyObject {
  func receive(_ outcome: GetOutcome)
}

/// A read that needs no task as long as the links asked first answer in time and agree, as they do for almost
/// every hit. When they do not, a task takes the walk on from there.
final class DirectRead: FanOutWaiter {
  let walk: ReadWalk
  let fanOut: FanOut
  let shared: SharedWalk
  let receiver: any GetReceiver
  private let coordinator: Coordinator

  init(
    _ walk: ReadWalk, _ fanOut: FanOut, _ shared: SharedWalk, for receiver: any GetReceiver,
    on coordinator: Coordinator
  ) {
    self.walk = walk
    self.fanOut = fanOut
    self.shared = shared
    self.receiver = receiver
    self.coordinator = coordinator
  }

  func waitIsOver() {
    coordinator.isolated(self) { $0.goOn(with: $1) }
  }

  /// What the links hold when all of them have answered with the same version: the first one's copy, with
  /// nothing to repair.
  func agreement(isTrusted: (Int) -> Bool) -> Finding? {
    guard fanOut.outstanding == 0 else { return nil }
    var found: Finding?
    for (link, reply) in zip(walk.links, fanOut.replies) {
      guard isTrusted(link.node), case .copy(let copy) = Holding(reply, key: walk.key) else { return nil }
      if let found, found.copy.version != copy.version { return nil }
      found = found ?? Finding(link: link, copy: copy)
    }
    return found
  }
}

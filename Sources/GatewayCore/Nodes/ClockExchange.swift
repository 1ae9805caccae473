/// How the clocks of several gateways learn from each other also where they have no key in common (rule C7):
/// with each probe a gateway reads the highest version that was left on the node, and leaves its own when that
/// is higher.
extension Coordinator {
  /// How far the version left on a node may lag behind before it is written anew.
  private static let mostLag = Duration.milliseconds(100)

  func exchangeClocks(_ link: NodeLink, _ deadline: Instant) async {
    let fanOut = FanOut(count: 1, loop: loop)
    send(.get(ReservedName.clock), over: link, to: fanOut, slot: 0, deadline: deadline)
    await fanOut.all()
    switch fanOut.replies[0] {
    case .success(.value(let value)):
      let left = RecordDecoder.decode(value, for: ReservedName.clockKey)?.record.version
      if let left { clock.observe(left, at: loop.wallClock) }
      link.node.hasToldClock = left != nil
      await leaveClock(link, over: left, .compareAndSwap(value.cas), deadline)
    case .success(.miss):
      link.node.hasToldClock = false
      await leaveClock(link, over: nil, .add, deadline)
    default: return
    }
  }

  private func leaveClock(
    _ link: NodeLink, over left: Version?, _ mode: MetaSet.Mode, _ deadline: Instant
  ) async {
    let current = clock.current(at: loop.wallClock)
    if let left, current.time < left.time &+ UInt64(Self.mostLag.inNanoseconds) { return }
    let record = Record(kind: .value, version: current, writtenAt: 0, body: .empty)
    let encoder = RecordEncoder(record, for: ReservedName.clockKey)
    let item = encoder.set(mode, lifetime: .forever, valueLifetime: .forever)
    let fanOut = FanOut(count: 1, loop: loop)
    send(.set(ReservedName.clock, item), over: link, to: fanOut, slot: 0, deadline: deadline)
    await fanOut.all()
  }
}

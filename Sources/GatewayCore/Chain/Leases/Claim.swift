/// What one client of all that come through any gateway may do, for a time: a small item on every link of the
/// placement, stored by add in the chain's order.
///
/// Two never have it at the same time as long as their placements share a node that keeps its items: whoever
/// finds the item on any link of its own placement has lost, and gives back the links before. One of those that
/// try gets it, since all go through the links in the same order. A link that does not answer is stepped over,
/// as by a write. Who is parted from all nodes of the others may have the claim as well: it saves work, and
/// nothing may depend on it.
///
/// It ends when it is given back, or with the items' lifetime, of which a node that counts whole seconds may
/// take off one.
struct Claim {
  let name: WireKey
  /// Where it stands, with the items' CAS numbers.
  fileprivate(set) var held: [(link: Link, cas: UInt64)] = []

  enum Outcome {
    case won(Claim)
    /// Somebody else has it.
    case lost
    /// No link took it, or said that somebody else has it.
    case unanswered
  }
}

extension Coordinator {
  func claim(_ name: WireKey, beside key: Key, for lifetime: Lifetime) async -> Claim.Outcome {
    let item = MetaSet(
      mode: .add, clientFlags: 0, lifetime: lifetime, head: [], body: .empty, wantsNumber: true)
    let deadline = loop.now + settings.requestTimeout
    var claim = Claim(name: name)
    var chain = chain(for: key)
    while claim.held.count < chain.replicas, loop.now < deadline,
      let link = chain.next(1, where: isUp).first
    {
      switch await ask([link], operationDeadline(within: deadline), { _ in .set(name, item) })[0] {
      case .success(.stored(let cas)): claim.held.append((link, cas))
      case .success(.notStored):
        release(claim)
        return .lost
      default: continue
      }
    }
    return claim.held.isEmpty ? .unanswered : .won(claim)
  }

  /// Exactly its items, so nobody else's is given back.
  func release(_ claim: Claim) {
    let fanOut = FanOut(count: claim.held.count, loop: loop)
    let deadline = loop.now + settings.operationTimeout
    for (slot, held) in claim.held.enumerated() {
      send(.delete(claim.name, cas: held.cas), to: held.link, of: fanOut, slot: slot, deadline: deadline)
    }
  }
}

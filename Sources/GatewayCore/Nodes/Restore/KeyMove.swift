/// What is to be done with a key that a node holds.
struct KeyMove: Equatable {
  /// Nodes that are to hold it, too.
  var targets: [Int]
  /// It is removed from where it was found once all targets hold it, or something newer.
  var leaves = false
  /// What is to be done with the item of another memcached client (rule C12), where a record would be removed.
  var plain = Plain.stays

  enum Plain {
    case stays
    /// It is left where it was found, which may be its place for that client.
    case copied
    case moved
  }

  static let none = KeyMove(targets: [])

  var isNothing: Bool { targets.isEmpty && !leaves }
}

/// What a restore of one node does with the keys of another (rule C11). A pure value.
struct RestorePlan {
  enum Pass: Equatable {
    /// Brings back what the emptied node is to hold.
    case first
    /// Brings what was stored elsewhere since then, by gateways that did not know yet that the node is back (seconds
    /// since 1970 by the clock of the node with the keys), and clears away failover copies.
    case second(since: Int64)
  }

  /// The emptied node.
  let target: Int
  /// The one with the keys; in the second pass the emptied one as well.
  let source: Int
  let pass: Pass

  /// Each key is copied by its first link, of those that can be read, so that it is
  /// copied once.
  func move(_ walk: PlacementWalk, lastAccess: Int64, isUp: (Int) -> Bool) -> KeyMove {
    let chain = walk.nodes
    let natural = chain.prefix(walk.replicas)
    if case .second = pass, !natural.contains(source) {
      return natural.allSatisfy(isUp) ? KeyMove(targets: Array(natural), leaves: true) : .none
    }
    if case .second(let since) = pass, lastAccess < since { return .none }
    guard source != target, natural.contains(target),
      chain.first(where: { $0 != target && isUp($0) }) == source
    else { return .none }
    return KeyMove(targets: [target])
  }
}

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
    /// Brings what was stored elsewhere since the node fell, by gateways that did not know yet that it is back (seconds
    /// since 1970 by the clock of the node with the keys), and clears away failover copies.
    case second(since: Int64)
  }

  /// The emptied node.
  let target: Int
  /// The one with the keys; in the second pass the emptied one as well.
  let source: Int
  let pass: Pass
  /// What most keys need, made once.
  private let fill: KeyMove

  init(target: Int, source: Int, pass: Pass) {
    self.target = target
    self.source = source
    self.pass = pass
    fill = KeyMove(targets: [target])
  }

  /// Whether the key's natural placement decides alone: of most keys, without their whole chain.
  private static let mostFastReplicas = 4

  /// As `move(chain:replicas:lastAccess:isUp:)`, without the whole chain where that is not needed.
  func move(_ layout: Layout, keyHash: UInt64, lastAccess: Int64, isUp: (Int) -> Bool) -> KeyMove {
    if let move = quickMove(layout, keyHash, isUp) { return move }
    let walk = layout.chain(keyHash)
    return move(chain: walk.nodes, replicas: walk.replicas, lastAccess: lastAccess, isUp: isUp)
  }

  private func quickMove(_ layout: Layout, _ keyHash: UInt64, _ isUp: (Int) -> Bool) -> KeyMove? {
    guard pass == .first, layout.isPlain, layout.wanted <= Self.mostFastReplicas else { return nil }
    let natural = layout.current.order.first(layout.wanted, forKeyHash: keyHash)
    var isPlaced = false
    var first: Int?
    for position in 0..<layout.wanted {
      let node = natural[position]
      if node == target { isPlaced = true } else if first == nil, isUp(node) { first = node }
    }
    if !isPlaced { return KeyMove.none }
    return first.map { $0 == source ? fill : .none }
  }

  /// `chain`: the key's whole chain, whose first `replicas` links are to hold it. Each key is copied by its first link,
  /// of those that can be read, so that it is copied once.
  func move(chain: [Int], replicas: Int, lastAccess: Int64, isUp: (Int) -> Bool) -> KeyMove {
    let natural = chain.prefix(replicas)
    if case .second = pass, !natural.contains(source) {
      return natural.allSatisfy(isUp) ? KeyMove(targets: Array(natural), leaves: true) : .none
    }
    if case .second(let since) = pass, lastAccess < since { return .none }
    guard source != target, natural.contains(target),
      chain.first(where: { $0 != target && isUp($0) }) == source
    else { return .none }
    return fill
  }
}

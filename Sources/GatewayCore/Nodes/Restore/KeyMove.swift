/// What is to be done with a key that a node holds.
struct KeyMove: Equatable {
  /// Nodes that are to hold it, too.
  var targets: [Int]
  /// It is removed from where it was found once all targets hold it, or something newer.
  var leaves = false

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
  let replicas: Int
  /// What most keys need, made once.
  private let fill: KeyMove

  init(target: Int, source: Int, pass: Pass, replicas: Int) {
    self.target = target
    self.source = source
    self.pass = pass
    self.replicas = replicas
    fill = KeyMove(targets: [target])
  }

  /// Whether the key's natural placement decides alone: of most keys, without their whole chain.
  private static let mostFastReplicas = 4

  /// As `move(chain:lastAccess:isUp:)`, without the whole chain where that is not needed.
  func move(_ order: ChainOrder, keyHash: UInt64, lastAccess: Int64, isUp: (Int) -> Bool) -> KeyMove {
    if replicas <= Self.mostFastReplicas, replicas <= order.count,
      let move = quickMove(order, keyHash, lastAccess, isUp)
    {
      return move
    }
    return move(chain: order.chain(forKeyHash: keyHash), lastAccess: lastAccess, isUp: isUp)
  }

  private func quickMove(
    _ order: ChainOrder, _ keyHash: UInt64, _ lastAccess: Int64, _ isUp: (Int) -> Bool
  ) -> KeyMove? {
    guard pass == .first else { return nil }
    let natural = order.first(replicas, forKeyHash: keyHash)
    var isPlaced = false
    var first: Int?
    for position in 0..<replicas {
      let node = natural[position]
      if node == target { isPlaced = true } else if first == nil, isUp(node) { first = node }
    }
    if !isPlaced { return KeyMove.none }
    return first.map { $0 == source ? fill : .none }
  }

  /// `chain`: the key's whole chain. Each key is copied by its first link, of those that can be read, so that it is
  /// copied once.
  func move(chain: [Int], lastAccess: Int64, isUp: (Int) -> Bool) -> KeyMove {
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

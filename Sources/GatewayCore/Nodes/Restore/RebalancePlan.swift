/// What is to be done with the keys of one node after a change of the pool (rule C11). A pure value.
struct RebalancePlan {
  let source: Int
  let current: Layout.Placement
  /// Where keys were before: the placement from which all of them have moved, or are to; nil when that is not known.
  let former: Layout.Placement?
  let plain: KeyMove.Plain

  /// A key that belongs elsewhere goes there. One that belongs here goes to the other nodes that it is new to, by the
  /// first of those that had it before, so that it is copied once.
  func move(_ keyHash: UInt64) -> KeyMove {
    let natural = current.natural(keyHash).map(\.node)
    guard natural.contains(source) else { return KeyMove(targets: natural, leaves: true, plain: plain) }
    guard let before = former?.natural(keyHash).map(\.node) else { return fillOthers(natural) }
    guard natural.first(where: before.contains) == source else { return .none }
    let targets = natural.filter { !before.contains($0) }
    return targets.isEmpty ? .none : KeyMove(targets: targets)
  }

  /// Any of them may lack it.
  private func fillOthers(_ natural: [Int]) -> KeyMove {
    let others = natural.filter { $0 != source }
    return others.isEmpty ? .none : KeyMove(targets: others)
  }
}

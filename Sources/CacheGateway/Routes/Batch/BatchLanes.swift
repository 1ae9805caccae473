import GatewayCore

/// The operations of a batch by their keys: those of one key are in one lane, in their order.
///
/// A table of its own, because the keys' hashes are known already and 1000 operations at most make it short: a client
/// that chooses keys which fall into one place costs a millisecond.
struct BatchLanes {
  private static let none: Int32 = -1

  /// Each lane's first operation, in their order.
  private var firsts: [Int32] = []
  /// By operation: the next one in its lane, or `none`.
  private var followers: [Int32]
  /// By operation, of its key; 0 where it has none.
  private let hashes: [UInt64]

  init(_ operations: [BatchOperation]) {
    hashes = operations.map { $0.keyHash ?? 0 }
    followers = Array(repeating: Self.none, count: operations.count)
    firsts.reserveCapacity(operations.count)
    // The last operation so far of the key that has its place here.
    var table = Array(repeating: Self.none, count: Self.tableSize(operations.count))
    for (index, operation) in operations.enumerated() {
      guard operation.keyHash != nil else {
        firsts.append(Int32(index))
        continue
      }
      let place = place(of: index, operations, table)
      if table[place] == Self.none {
        firsts.append(Int32(index))
      } else {
        followers[Int(table[place])] = Int32(index)
      }
      table[place] = Int32(index)
    }
  }

  /// A power of two, at least twice as many: so there is always a free place.
  private static func tableSize(_ count: Int) -> Int { 2 << (Int.bitWidth - count.leadingZeroBitCount) }

  private func place(of index: Int, _ operations: [BatchOperation], _ table: [Int32]) -> Int {
    let mask = table.count - 1
    var place = Int(truncatingIfNeeded: hashes[index]) & mask
    while table[place] != Self.none {
      let other = Int(table[place])
      if hashes[other] == hashes[index], operations[other].key == operations[index].key { break }
      place = (place + 1) & mask
    }
    return place
  }

  var count: Int { firsts.count }

  func first(_ lane: Int) -> Int { Int(firsts[lane]) }

  /// Of the lane's key; 0 where it has none.
  func keyHash(_ lane: Int) -> UInt64 { hashes[first(lane)] }

  /// nil at the lane's end.
  func next(_ operation: Int) -> Int? {
    followers[operation] == Self.none ? nil : Int(followers[operation])
  }
}

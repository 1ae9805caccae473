/// One link's part in a write: what it is for, and how far it has come.
///
/// A versioned write first asks what the link holds, then replaces exactly that by compare-and-swap, or fills
/// a gap by add. So it never overwrites something newer, neither another gateway's write that came in between
/// nor, when it is carried out late by a node that hung, anything written since.
struct WriteTarget {
  enum Role {
    /// Gets what is written.
    case holder
    /// Past the placement: loses what it may hold (rule C3).
    case cleared
  }

  enum Step {
    /// Which item, by its client flags.
    case ask
    /// Which version exactly: the flags left it open.
    case askExactly
    case store(MetaSet.Mode)
    case remove(cas: UInt64?)
    /// Holds what is written, or something newer; or is cleared.
    case done
    case failed
  }

  let link: Link
  var role: Role
  var step: Step
  /// It has what is written, and not something newer instead.
  var hasStored = false
  /// The item that it is stored as.
  var item = KnownItem()
  /// Another write was carried out here since the link was asked.
  var isOvertaken = false
  /// The chunks of the older value that is there.
  var held: ChunkList?

  init(_ link: Link, _ role: Role, isVersioned: Bool) {
    self.link = link
    self.role = role
    step = isVersioned ? .ask : Self.blindStep(role)
  }

  /// Of a write that has no version to compare.
  static func blindStep(_ role: Role) -> Step {
    role == .holder ? .store(.set) : .remove(cas: nil)
  }

  var isDone: Bool {
    if case .done = step { return true }
    return false
  }

  var hasFailed: Bool {
    if case .failed = step { return true }
    return false
  }

  var isAsking: Bool {
    switch step {
    case .ask, .askExactly: true
    default: false
    }
  }

  var asksForStamp: Bool {
    if case .ask = step { return true }
    return false
  }

  var isStanding: Bool { role == .holder && isDone }

  /// After what the link holds became known, and is older than what is written.
  mutating func replace(cas: UInt64) {
    step = role == .holder ? .store(.compareAndSwap(cas)) : .remove(cas: cas)
  }

  /// After the link was found to hold nothing.
  mutating func fill() {
    step = role == .holder ? .store(.add) : .done
  }
}

import HeapModule

/// Names a scheduled timer, also after it has fired.
public struct TimerID: Hashable, Sendable {
  let key: SlotTable<any TimerTarget>.Key
}

/// Timers in order of their deadlines. A pure value: the owner says what time it is.
///
/// A cancelled timer frees its slot at once; its entry in the heap goes when its deadline comes. The
/// gateway's frequent timers are short (the read grace, 5 ms), so few such entries are ever there.
public struct Timers {
  private struct Entry: Comparable {
    let deadline: Instant
    let sequence: UInt64
    let id: TimerID

    static func < (left: Entry, right: Entry) -> Bool {
      left.deadline == right.deadline ? left.sequence < right.sequence : left.deadline < right.deadline
    }
  }

  private var heap = Heap<Entry>()
  private var targets = SlotTable<any TimerTarget>()
  private var sequence: UInt64 = 0

  public init() {}

  public mutating func schedule(at deadline: Instant, _ target: any TimerTarget) -> TimerID {
    let id = TimerID(key: targets.insert(target))
    sequence &+= 1
    heap.insert(Entry(deadline: deadline, sequence: sequence, id: id))
    return id
  }

  public mutating func cancel(_ id: TimerID) { targets.remove(id.key) }

  /// The deadline of the next timer that was not cancelled.
  public mutating func nextDeadline() -> Instant? {
    while let entry = heap.min {
      if isLive(entry.id) { return entry.deadline }
      heap.removeMin()
    }
    return nil
  }

  /// The next timer whose deadline has come, taken out; nil when there is none.
  public mutating func popDue(_ now: Instant) -> (any TimerTarget)? {
    guard let deadline = nextDeadline(), deadline <= now, let entry = heap.popMin() else { return nil }
    return targets.remove(entry.id.key)
  }

  private func isLive(_ id: TimerID) -> Bool { targets[id.key] != nil }
}

import HeapModule

/// Names a scheduled timer, also after it has fired.
public struct TimerID: Hashable, Sendable {
  let slot: Int32
  let generation: UInt32
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

  private struct Slot {
    var generation: UInt32 = 0
    var target: (any TimerTarget)?
  }

  private var heap = Heap<Entry>()
  private var slots: [Slot] = []
  private var free: [Int32] = []
  private var sequence: UInt64 = 0

  public init() {}

  public mutating func schedule(at deadline: Instant, _ target: any TimerTarget) -> TimerID {
    let id = takeSlot(target)
    sequence &+= 1
    heap.insert(Entry(deadline: deadline, sequence: sequence, id: id))
    return id
  }

  public mutating func cancel(_ id: TimerID) {
    guard slots[Int(id.slot)].generation == id.generation else { return }
    releaseSlot(id)
  }

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
    let target = slots[Int(entry.id.slot)].target
    releaseSlot(entry.id)
    return target
  }

  private func isLive(_ id: TimerID) -> Bool {
    slots[Int(id.slot)].generation == id.generation
  }

  private mutating func takeSlot(_ target: any TimerTarget) -> TimerID {
    guard let slot = free.popLast() else {
      slots.append(Slot(target: target))
      return TimerID(slot: Int32(slots.count - 1), generation: 0)
    }
    slots[Int(slot)].target = target
    return TimerID(slot: slot, generation: slots[Int(slot)].generation)
  }

  private mutating func releaseSlot(_ id: TimerID) {
    slots[Int(id.slot)].target = nil
    slots[Int(id.slot)].generation &+= 1
    free.append(id.slot)
  }
}

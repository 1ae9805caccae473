/// Elements in numbered slots that are used again; a generation tells an old owner of a slot from the new one.
struct SlotTable<Element> {
  /// Names an element, also after it has been removed.
  struct Key: Hashable, Sendable {
    let slot: Int32
    let generation: UInt32
  }

  private struct Slot {
    var generation: UInt32 = 0
    var element: Element?
  }

  private var slots: [Slot] = []
  private var free: [Int32] = []

  mutating func insert(_ element: Element) -> Key {
    guard let slot = free.popLast() else {
      slots.append(Slot(element: element))
      return Key(slot: Int32(slots.count - 1), generation: 0)
    }
    slots[Int(slot)].element = element
    return Key(slot: slot, generation: slots[Int(slot)].generation)
  }

  /// nil when it has been removed.
  subscript(_ key: Key) -> Element? {
    let slot = slots[Int(key.slot)]
    return slot.generation == key.generation ? slot.element : nil
  }

  /// Returns what was removed; nil when it had been already.
  @discardableResult
  mutating func remove(_ key: Key) -> Element? {
    guard let element = self[key] else { return nil }
    slots[Int(key.slot)].element = nil
    slots[Int(key.slot)].generation &+= 1
    free.append(key.slot)
    return element
  }
}

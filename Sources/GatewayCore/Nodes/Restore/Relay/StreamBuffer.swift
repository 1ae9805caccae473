/// Bytes of a stream in one piece: added at the end, taken from the front.
struct StreamBuffer: ~Copyable {
  private var memory: UnsafeMutableRawBufferPointer
  private let usualCapacity: Int
  private var start = 0
  private var end = 0

  init(capacity: Int) {
    usualCapacity = capacity
    memory = .allocate(byteCount: capacity, alignment: 16)
  }

  deinit { memory.deallocate() }

  var isEmpty: Bool { start == end }

  var count: Int { end - start }

  /// Valid until the buffer is changed.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[start..<end]) }

  /// Where the next bytes go: room for `needed`, or more.
  mutating func spare(atLeast needed: Int) -> UnsafeMutableRawBufferPointer {
    if memory.count - end < needed { makeRoom(needed) }
    return UnsafeMutableRawBufferPointer(rebasing: memory[end...])
  }

  /// Counts bytes that were written to `spare`.
  mutating func added(_ count: Int) {
    precondition(count <= memory.count - end)
    end += count
  }

  /// Removes bytes from the front. What had to grow for a long value does not stay so.
  mutating func consume(_ count: Int) {
    precondition(count <= end - start)
    start += count
    guard start == end else { return }
    (start, end) = (0, 0)
    if memory.count > usualCapacity { replaceMemory(usualCapacity) }
  }

  mutating func removeAll() { consume(count) }

  @inline(never)
  private mutating func makeRoom(_ needed: Int) {
    let (used, first) = (count, bytes)
    if used + needed <= memory.count {
      memory.copyMemory(from: first)
      (start, end) = (0, used)
    } else {
      replaceMemory(max(used + needed, 2 * memory.count))
    }
  }

  private mutating func replaceMemory(_ capacity: Int) {
    let fresh = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
    fresh.copyMemory(from: bytes)
    (start, end) = (0, count)
    memory.deallocate()
    memory = fresh
  }
}

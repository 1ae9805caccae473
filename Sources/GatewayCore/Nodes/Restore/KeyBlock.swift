/// Names of keys that wait to be moved, and their sizes, in one piece of memory: for each the length of its name in one
/// byte, the name, and the size in four.
struct KeyBlock {
  private(set) var bytes: [UInt8] = []
  private(set) var count = 0
  /// Of all items together, in bytes.
  private(set) var size = 0

  var isEmpty: Bool { count == 0 }

  mutating func append(_ name: UnsafeRawBufferPointer, size itemSize: Int) {
    bytes.append(UInt8(truncatingIfNeeded: name.count))
    bytes.append(contentsOf: name)
    bytes.append(bigEndian: UInt32(clamping: itemSize))
    count += 1
    size += itemSize
  }

  init() {}

  /// Keys from the front of `bytes`, at `position`, which moves behind them: at most so many, of at most so many bytes
  /// together, but one at least.
  init(_ bytes: [UInt8], from position: inout Int, most keys: Int, bytes limit: Int) {
    let start = position
    while count < keys, size < limit, position < bytes.count {
      let end = position + 1 + Int(bytes[position])
      size += bytes.withUnsafeBytes { Int($0.bigEndian(at: end, as: UInt32.self)) }
      position = end + 4
      count += 1
    }
    self.bytes = Array(bytes[start..<position])
  }

  /// Calls `body` with each key's position, name and size.
  func visit(_ body: (_ position: Int, _ name: UnsafeRawBufferPointer, _ size: Int) -> Void) {
    bytes.withUnsafeBytes { all in
      var position = 0
      while position < all.count {
        let end = position + 1 + Int(all[position])
        let size = Int(all.bigEndian(at: end, as: UInt32.self))
        body(position, UnsafeRawBufferPointer(rebasing: all[(position + 1)..<end]), size)
        position = end + 4
      }
    }
  }

  @inline(__always)
  func withName(at position: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
    bytes.withUnsafeBytes { all in
      let start = position + 1
      body(UnsafeRawBufferPointer(rebasing: all[start..<(start + Int(all[position]))]))
    }
  }

  /// The key at a position that `visit` named.
  func item(at position: Int) -> (name: [UInt8], size: Int) {
    let end = position + 1 + Int(bytes[position])
    let size = bytes.withUnsafeBytes { Int($0.bigEndian(at: end, as: UInt32.self)) }
    return (Array(bytes[(position + 1)..<end]), size)
  }

  /// All keys, one by one.
  var items: [(name: [UInt8], size: Int)] {
    var items: [(name: [UInt8], size: Int)] = []
    items.reserveCapacity(count)
    visit { position, _, _ in items.append(item(at: position)) }
    return items
  }
}

import Testing

@testable import GatewayCore

struct BytesTests {
  @Test(arguments: [0, 1, 1000]) func `copies a collection`(count: Int) {
    #expect(Bytes([UInt8].printable(count)).array == .printable(count))
    #expect(Bytes([UInt8].printable(count).lazy.map { $0 &+ 1 }).count == count)
  }

  @Test func `a part refers to the same storage`() {
    let whole = Bytes([UInt8].printable(20))
    let rest = whole.dropFirst(5).dropFirst(3)
    #expect(rest.storage === whole.storage)
    #expect(rest.array == Array([UInt8].printable(20)[8...]))
    #expect(whole.dropFirst(20).array == [])
    #expect(whole.dropFirst(0).array == whole.array)
  }

  @Test func `storage fills up to its capacity`() {
    let storage = ByteStorage.allocate(capacity: 10)
    #expect(storage.room == 10)
    storage.spare[0] = 7
    storage.fill(1)
    [UInt8].printable(4).withUnsafeBytes { storage.append($0) }
    #expect(storage.count == 5)
    #expect(storage.room == 5)
    #expect(storage.spare.count == 5)
    #expect(Bytes(storage).array == [7] + [UInt8].printable(4))
  }

  @Test func `what is filled later is not part of what was taken earlier`() {
    let storage = ByteStorage.allocate(capacity: 4)
    [UInt8].printable(2).withUnsafeBytes { storage.append($0) }
    let early = Bytes(storage)
    [UInt8].printable(2).withUnsafeBytes { storage.append($0) }
    #expect(early.array == .printable(2))
  }

  @Test func `storage that grows keeps what it holds, at any size`() {
    var storage = ByteStorage.allocate(capacity: 16)
    for number in 0..<(1 << 20) {
      if storage.room == 0 { storage = storage.grown(to: 2 * storage.count) }
      storage.extend(by: 1).pointee = UInt8(truncatingIfNeeded: number &* 7)
    }
    #expect(Bytes(storage).buffer.enumerated().allSatisfy { $1 == UInt8(truncatingIfNeeded: $0 &* 7) })
  }
}

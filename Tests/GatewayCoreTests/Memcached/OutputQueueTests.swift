import Testing

@testable import GatewayCore

struct OutputQueueTests {
  private func contents(_ queue: inout OutputQueue) -> [UInt8] {
    queue.nextPieces().flatMap { Array($0) }
  }

  @Test func `gives out what was appended, in order`() {
    var queue = OutputQueue()
    queue.append("mg ")
    queue.append([1, 2, 3])
    queue.append(byte: 4)
    queue.append(decimal: UInt64(1234))
    queue.append(Bytes([5, 6]))
    #expect(queue.count == 13)
    #expect(contents(&queue) == Array("mg ".utf8) + [1, 2, 3, 4] + Array("1234".utf8) + [5, 6])
  }

  @Test(arguments: [0, 1, 9, 10, 99, 100, 65535, 4_294_967_295, 18_446_744_073_709_551_615] as [UInt64])
  func `writes numbers in decimal`(number: UInt64) {
    var queue = OutputQueue()
    queue.append(decimal: number)
    #expect(contents(&queue).text == String(number))
  }

  @Test(arguments: [0, -1, 1, -10, .min, .max] as [Int64]) func `writes negative numbers`(number: Int64) {
    var queue = OutputQueue()
    queue.append(decimal: number)
    #expect(contents(&queue).text == String(number))
  }

  @Test func `an empty queue has no pieces, also after empty appends`() {
    var queue = OutputQueue()
    #expect(queue.isEmpty)
    queue.append([UInt8]())
    queue.append("")
    queue.append(.empty)
    #expect(queue.isEmpty)
    #expect(queue.nextPieces().isEmpty)
  }

  @Test func `gathers short pieces and refers to long ones where they are`() {
    var queue = OutputQueue()
    let long = Bytes([UInt8].printable(100_000))
    for _ in 0..<100 { queue.append("short ") }
    queue.append(long)
    for _ in 0..<100 { queue.append("short ") }
    let pieces = queue.nextPieces()
    #expect(pieces.count == 3)
    #expect(pieces.contains { $0.baseAddress == long.buffer.baseAddress && $0.count == 100_000 })
  }

  @Test func `a bounded number of pieces is given at a time, none of them empty`() {
    var queue = OutputQueue()
    for _ in 0..<500 { queue.append(Bytes([UInt8].printable(5000))) }
    let pieces = queue.nextPieces()
    #expect((1...1024).contains(pieces.count))
    #expect(pieces.allSatisfy { !$0.isEmpty })
  }

  @Test func `is empty after everything was removed, and can be used again`() {
    var queue = OutputQueue()
    queue.append("one")
    queue.append(Bytes([UInt8].printable(9000)))
    queue.append("two")
    queue.removeAll()
    #expect(queue.isEmpty)
    #expect(queue.nextPieces().isEmpty)
    queue.append("three")
    #expect(contents(&queue).text == "three")
  }

  /// Does a random thing to the queue and to a plain array.
  private func step(_ queue: inout OutputQueue, _ model: inout [UInt8], _ generator: inout SeededGenerator) {
    switch generator.int(0...9) {
    case 0...3:
      let bytes = generator.bytes(generator.int(0...40))
      queue.append(bytes)
      model += bytes
    case 4:
      let number = generator.next() >> UInt64(generator.int(0...63))
      queue.append(decimal: number)
      model += Array(String(number).utf8)
    case 5:
      let bytes = generator.bytes([4095, 4096, 4097, 33_000][generator.int(0...3)])
      if generator.int(0...1) == 0 { queue.append(bytes) } else { queue.append(Bytes(bytes)) }
      model += bytes
    case 6:
      let whole = Bytes(generator.bytes(generator.int(0...12_000)))
      let part = whole.dropFirst(generator.int(0...whole.count))
      queue.append(part)
      model += part.array
    default:
      // As a socket does: some of what the pieces hold.
      let offered = queue.nextPieces().reduce(0) { $0 + $1.count }
      let taken = generator.int(0...3) == 0 ? offered : generator.int(0...offered)
      queue.consume(taken)
      model.removeFirst(taken)
    }
  }

  @Test func `behaves like a plain array of bytes`() {
    for seed in 0..<200 as Range<UInt64> {
      var generator = SeededGenerator(seed: seed)
      var queue = OutputQueue()
      var model: [UInt8] = []
      for _ in 0..<200 {
        step(&queue, &model, &generator)
        #expect(queue.count == model.count)
        #expect(queue.isEmpty == model.isEmpty)
        if generator.int(0...9) == 0 {
          let pieces = contents(&queue)
          #expect(pieces.elementsEqual(model.prefix(pieces.count)), "seed \(seed)")
          #expect(pieces.isEmpty == model.isEmpty)
        }
      }
    }
  }
}

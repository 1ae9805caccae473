import Testing

@testable import CacheGateway

/// Which bytes of a value the ranges are (RFC 9110 section 14.1.2).
struct ByteRangesTests {
  private func ranges(_ text: String, _ length: Int) throws -> ByteRanges {
    ByteRanges(try #require(ByteRangeSpec.list(Array("bytes=\(text)".utf8))), length: length)
  }

  @Test(
    arguments: [
      ("0-499", [0..<500]), ("500-999", [500..<1000]), ("-500", [9500..<10_000]), ("9500-", [9500..<10_000]),
      ("0-0,-1", [0..<1, 9999..<10_000]), ("0-999,4500-5499,-1000", [0..<1000, 4500..<5500, 9000..<10_000]),
      ("500-600,601-999", [500..<1000]), ("500-700,601-999", [500..<1000]),
    ] as [(String, [Range<Int>])])
  func `the examples of the standard, of 10000 bytes`(text: String, parts: [Range<Int>]) throws {
    #expect(try ranges(text, 10_000) == .parts(parts))
  }

  @Test(
    arguments: [
      ("0-", [0..<10]), ("9-9", [9..<10]), ("9-", [9..<10]), ("5-99", [5..<10]), ("-10", [0..<10]),
      ("-11", [0..<10]), ("-99999999999999999999", [0..<10]), ("0-99999999999999999999", [0..<10]),
      ("10-20,0-0", [0..<1]), ("-0,2-3", [2..<4]), ("99999999999999999999-,1-1", [1..<2]),
    ] as [(String, [Range<Int>])])
  func `ends are cut off at the end of the value, and ranges beyond it left out`(
    text: String, parts: [Range<Int>]
  ) throws {
    #expect(try ranges(text, 10) == .parts(parts))
  }

  @Test(arguments: ["10-", "10-10", "10-99", "-0", "-0,-0", "10-,11-12,-0", "99999999999999999999-"])
  func `where none begins within the value there is nothing to send`(text: String) throws {
    #expect(try ranges(text, 10) == .unsatisfiable)
  }

  @Test func `a value of no bytes has no part, and an end that is the whole of it`() throws {
    for text in ["0-", "0-0", "1-", "-0", "0-,5-6"] { #expect(try ranges(text, 0) == .unsatisfiable) }
    for text in ["-1", "-500", "0-0,-1", "-1,-2"] { #expect(try ranges(text, 0) == .whole) }
  }

  @Test(
    arguments: [
      ("8-9,0-1", [8..<10, 0..<2]), ("5-6,0-1,7-8", [5..<9, 0..<2]), ("0-1,8-9,1-3", [0..<4, 8..<10]),
      ("8-8,0-5,3-9", [0..<10]), ("0-9,2-3,4-5", [0..<10]), ("2-3,2-3,2-3", [2..<4]),
      ("0-0,2-2,4-4", [0..<1, 2..<3, 4..<5]), ("-1,9-9,0-0", [9..<10, 0..<1]),
    ] as [(String, [Range<Int>])])
  func `those that overlap or touch become one, in the place of the first`(
    text: String, parts: [Range<Int>]
  ) throws {
    #expect(try ranges(text, 10) == .parts(parts))
  }

  @Test func `16 parts are sent, and for 17 the whole value`() throws {
    let sixteen = (0..<16).map { "\(2 * $0)-\(2 * $0)" }.joined(separator: ",")
    let parts: [Range<Int>] = (0..<16).map { (2 * $0)..<(2 * $0 + 1) }
    #expect(try ranges(sixteen, 100) == .parts(parts))
    #expect(try ranges(sixteen + ",99-99", 100) == .whole)
    // Those that overlap count once, and those beyond the end not at all.
    #expect(try ranges(sixteen + ",0-30,30-31,500-,600-", 100) == .parts([0..<32]))
  }

  @Test func `all that is asked for is in exactly one part, whatever is asked for`() {
    var state: UInt64 = 7
    func random(below limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(limit))
    }
    for _ in 0..<2000 {
      let asked = (0...random(below: 12)).map { _ in
        let start = random(below: 60)
        return start..<(start + 1 + random(below: 9))
      }
      let parts = ByteRanges.coalesced(asked)
      let covered: [Int] = parts.flatMap { Array($0) }
      let wanted: [Int] = asked.flatMap { Array($0) }
      #expect(Set(covered) == Set(wanted))
      #expect(covered.count == Set(covered).count)
      for part in parts { #expect(!parts.contains { $0.lowerBound == part.upperBound }) }
    }
  }
}

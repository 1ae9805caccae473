import GatewayCore
import Testing

@testable import CacheGateway

/// What is sent of a value, by the conditions and ranges of the request (RFC 9110 sections 13 and 14).
struct ReadTermsTests {
  private static let now = WallTime(nanoseconds: 2_000 * 1_000_000_000)
  private static let version = EntityTag.version(Version(time: 5, writer: 1))
  private static let value = Validators(tag: version, lastModified: 1000)
  private static let plain = Validators(tag: .plain(7), lastModified: nil)
  private static let tag = "\"0000000000000005-00000001\""
  private static let other = "\"0000000000000004-00000001\""
  private static let plainTag = "\"plain-0000000000000007\""

  private func conditions(
    match: String? = nil, noneMatch: String? = nil, modifiedSince: Int64? = nil, unmodifiedSince: Int64? = nil
  ) throws -> ReadConditions {
    var conditions = ReadConditions()
    conditions.match = try match.map { try EntityTagList(Array($0.utf8), of: "If-Match") }
    conditions.noneMatch = try noneMatch.map { try EntityTagList(Array($0.utf8), of: "If-None-Match") }
    conditions.modifiedSince = modifiedSince
    conditions.unmodifiedSince = unmodifiedSince
    return conditions
  }

  @Test func `without a condition a value is sent`() {
    #expect(ReadConditions().verdict(on: Self.value) == .holds)
  }

  @Test(
    arguments: [
      (tag, .notModified), ("W/\(tag)", .notModified), ("*", .notModified),
      ("\(other), \(tag)", .notModified),
      (other, .holds), ("\"foreign\"", .holds), (plainTag, .holds),
    ] as [(String, ReadConditions.Verdict)])
  func `If-None-Match compares weakly`(list: String, verdict: ReadConditions.Verdict) throws {
    #expect(try conditions(noneMatch: list).verdict(on: Self.value) == verdict)
  }

  @Test(
    arguments: [
      (tag, .holds), ("*", .holds), ("\(other), \(tag)", .holds), ("W/\(tag)", .failed), (other, .failed),
      ("\"foreign\"", .failed),
    ] as [(String, ReadConditions.Verdict)])
  func `If-Match compares strongly`(list: String, verdict: ReadConditions.Verdict) throws {
    #expect(try conditions(match: list).verdict(on: Self.value) == verdict)
  }

  @Test func `dates are compared to the second, a plain value's not at all`() throws {
    for (date, modified, unmodified) in [
      (-1, .holds, .failed), (999, .holds, .failed), (1000, .notModified, .holds),
      (1001, .notModified, .holds),
      (5000, .notModified, .holds),
    ] as [(Int64, ReadConditions.Verdict, ReadConditions.Verdict)] {
      #expect(try conditions(modifiedSince: date).verdict(on: Self.value) == modified)
      #expect(try conditions(unmodifiedSince: date).verdict(on: Self.value) == unmodified)
      #expect(try conditions(modifiedSince: date).verdict(on: Self.plain) == .holds)
      #expect(try conditions(unmodifiedSince: date).verdict(on: Self.plain) == .holds)
    }
  }

  @Test func `tags go before dates`() throws {
    #expect(try conditions(match: Self.tag, unmodifiedSince: 0).verdict(on: Self.value) == .holds)
    #expect(try conditions(match: Self.other, unmodifiedSince: 5000).verdict(on: Self.value) == .failed)
    #expect(try conditions(noneMatch: Self.other, modifiedSince: 5000).verdict(on: Self.value) == .holds)
    #expect(try conditions(noneMatch: Self.tag, modifiedSince: 0).verdict(on: Self.value) == .notModified)
  }

  @Test func `what protects goes before what saves`() throws {
    #expect(try conditions(match: Self.other, noneMatch: Self.tag).verdict(on: Self.value) == .failed)
    #expect(try conditions(match: Self.tag, noneMatch: Self.tag).verdict(on: Self.value) == .notModified)
    #expect(try conditions(noneMatch: "*", unmodifiedSince: 0).verdict(on: Self.value) == .failed)
    #expect(
      try conditions(modifiedSince: 1000, unmodifiedSince: 1000).verdict(on: Self.value) == .notModified)
  }

  // MARK: If-Range

  private func holds(_ ifRange: String, _ value: Validators, now: WallTime = now) -> Bool {
    RangeRequest.Condition(Array(ifRange.utf8), now: now).holds(for: value, now: now)
  }

  @Test func `If-Range holds for the very tag`() {
    #expect(holds(Self.tag, Self.value))
    #expect(holds(" \(Self.tag) ", Self.value))
    #expect(holds(Self.plainTag, Self.plain))
    for text in [
      "W/\(Self.tag)", Self.other, "*", "\(Self.tag), \(Self.tag)", "\(Self.other), \(Self.tag)", "\"x\"",
      "x", "",
      Self.plainTag,
    ] { #expect(!holds(text, Self.value), "\(text)") }
  }

  @Test func `If-Range holds for the very date, when it is over`() {
    let date = "Thu, 01 Jan 1970 00:16:40 GMT"
    #expect(holds(date, Self.value))
    #expect(holds("Thu Jan  1 00:16:40 1970", Self.value))
    #expect(!holds("Thu, 01 Jan 1970 00:16:41 GMT", Self.value))
    #expect(!holds("Thu, 01 Jan 1970 00:16:39 GMT", Self.value))
    #expect(!holds(date, Self.plain))
    // The value may change again within this second.
    #expect(!holds(date, Self.value, now: WallTime(nanoseconds: 1_000_999_999_999)))
    #expect(holds(date, Self.value, now: WallTime(nanoseconds: 1_001_000_000_000)))
  }

  // MARK: Both together

  private func selection(
    _ conditions: ReadConditions, _ ranges: [ByteRangeSpec]?, ifRange: String? = nil
  ) -> ReadTerms.Selection {
    let range = ranges.map {
      RangeRequest(specs: $0, condition: ifRange.map { .init(Array($0.utf8), now: Self.now) })
    }
    return ReadTerms(conditions, range, boundary: .init(high: 0, low: 0))
      .selection(of: Self.value, length: 10, now: Self.now)
  }

  @Test func `ranges count only where the conditions hold`() throws {
    let (held, failed) = (try conditions(match: Self.tag), try conditions(match: Self.other))
    let same = try conditions(noneMatch: Self.tag)
    let (inside, beyond): ([ByteRangeSpec], [ByteRangeSpec]) = ([.last(2)], [.from(10, through: nil)])
    #expect(selection(held, nil) == .whole)
    #expect(selection(held, inside) == .parts([8..<10]))
    #expect(selection(held, beyond) == .unsatisfiable)
    for ranges in [inside, beyond] {
      #expect(selection(failed, ranges) == .conditionFailed)
      #expect(selection(same, ranges) == .notModified)
    }
  }

  @Test func `the whole value is sent where If-Range does not hold, a range beyond it included`() throws {
    for ranges in [[.last(2)], [.from(10, through: nil)]] as [[ByteRangeSpec]] {
      #expect(selection(ReadConditions(), ranges, ifRange: Self.other) == .whole)
    }
    #expect(selection(ReadConditions(), [.last(2)], ifRange: Self.tag) == .parts([8..<10]))
    #expect(selection(ReadConditions(), [.from(10, through: nil)], ifRange: Self.tag) == .unsatisfiable)
  }

  @Test func `a record of the future counts as written now`() throws {
    let record = Record(kind: .value, version: Version(time: 5, writer: 1), writtenAt: 3000, body: .empty)
    let value = Validators(of: record, try Key(Array("k".utf8)), now: Self.now)
    #expect(value.lastModified == 2000)
    #expect(value.tag == Self.version)
  }
}

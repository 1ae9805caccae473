import GatewayCore
import Testing

@testable import CacheGateway

/// Dates as they are read (RFC 9110 section 5.6.7).
struct HTTPDateReaderTests {
  /// 2026-11-23.
  private static let now = WallTime(nanoseconds: 1_795_392_000_000_000_000)

  private func seconds(_ text: String, now: WallTime = now) -> Int64? {
    HTTPDate.seconds(Array(text.utf8), now: now)
  }

  @Test(arguments: [
    "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
    " Sun, 06 Nov 1994 08:49:37 GMT\t", "Sun Nov 06 08:49:37 1994",
  ])
  func `the three forms of the standard's example are one moment`(text: String) {
    #expect(seconds(text) == 784_111_777)
  }

  @Test(
    arguments: [
      ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Wed, 31 Dec 1969 23:59:59 GMT", -1),
      ("Tue, 29 Feb 2000 23:59:59 GMT", 951_868_799), ("Thu Feb 29 00:00:00 2024", 1_709_164_800),
      ("Wed, 31 Dec 2008 23:59:60 GMT", 1_230_768_000), ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
      ("Sat, 01 Jan 0000 00:00:00 GMT", -62_167_219_200), ("Wed Nov 16 08:49:37 1994", 784_975_777),
      // The day of the week is not compared with the date.
      ("Mon, 06 Nov 1994 08:49:37 GMT", 784_111_777),
    ] as [(String, Int64)])
  func `known dates are read`(text: String, expected: Int64) {
    #expect(seconds(text) == expected)
  }

  @Test func `what is written is read back, for every day from 1970 to 2110 and some of every year to 9999`()
  {
    let days: [Int] = (0..<51_500).map { $0 * 86400 + $0 % 86400 }
    let steps: [Int] = (0..<80_000).map { $0 * 3_167_521 }
    for moment in days + steps {
      var text = HeaderText()
      HTTPDate.append(secondsSince1970: UInt64(moment), to: &text)
      let date = String(decoding: text.bytes, as: UTF8.self)
      if seconds(date) != Int64(moment) { Issue.record("\(date) is not \(moment)") }
    }
  }

  @Test(
    arguments: [("94", 1994), ("99", 1999), ("00", 2000), ("26", 2026), ("76", 2076), ("77", 1977)])
  func `a year of two digits is at most 50 years ahead`(digits: String, year: Int) throws {
    let short = try #require(seconds("Friday, 01-Jan-\(digits) 00:00:00 GMT"))
    #expect(short == seconds("Fri, 01 Jan \(year) 00:00:00 GMT"))
  }

  @Test(arguments: [
    "", " ", "now", "784111777", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
    "Sun, 06 Nov 1994 08:49:37 +0000", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 94 08:49:37 GMT",
    "Sun,06 Nov 1994 08:49:37 GMT", "Sun,  06 Nov 1994 08:49:37 GMT", "sun, 06 Nov 1994 08:49:37 GMT",
    "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 gmt", "Xyz, 06 Nov 1994 08:49:37 GMT",
    "Sun, 06 Xyz 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 31 Nov 1994 08:49:37 GMT",
    "Tue, 29 Feb 2100 00:00:00 GMT", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:00 GMT",
    "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 06 Nov 1994 8:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT",
    "Sun, 06 Nov 1994 08:49:37:00 GMT", "Sun, 06 Nov 19940 08:49:37 GMT", "Sun, -6 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-1994 08:49:37 GMT", "Sun, 06-Nov-94 08:49:37 GMT", "Sunday, 06-Nov 08:49:37 GMT",
    "Sunday, 06-Nov-94-1 08:49:37 GMT", "Sunday, 06-Nov--94 08:49:37 GMT", "Sun Nov 6 08:49:37 1994",
    "Sun Nov   6 08:49:37 1994", "Sun, Nov  6 08:49:37 1994", "Sun Nov  6 08:49:37 94",
    "Sun Nov  6 08:49:37 1994 GMT", "Sun Nov  66 08:49:37 1994",
    "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 0\u{660} Nov 1994 08:49:37 GMT",
    "\"Sun, 06 Nov 1994 08:49:37 GMT\"", ", , , , ,", "- - - -", ": : : :",
  ])
  func `anything else is no date`(text: String) {
    #expect(seconds(text) == nil)
  }
}

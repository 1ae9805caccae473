import Glibc
import Testing

@testable import CacheGateway

struct HTTPDateTests {
  private func text(_ seconds: UInt64) -> String {
    var text = HeaderText()
    HTTPDate.append(secondsSince1970: seconds, to: &text)
    return String(decoding: text.bytes, as: UTF8.self)
  }

  /// By the system's calendar.
  private func expected(_ seconds: UInt64) -> String {
    var time = time_t(seconds)
    var fields = tm()
    gmtime_r(&time, &fields)
    var buffer = [CChar](repeating: 0, count: 64)
    let length = strftime(&buffer, buffer.count, "%a, %d %b %Y %H:%M:%S GMT", &fields)
    return String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  @Test(
    arguments: [
      (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
      (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (951_868_799, "Tue, 29 Feb 2000 23:59:59 GMT"),
      (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"), (4_294_967_295, "Sun, 07 Feb 2106 06:28:15 GMT"),
      (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
    ] as [(UInt64, String)])
  func `writes known dates`(seconds: UInt64, date: String) {
    #expect(text(seconds) == date)
  }

  @Test func `agrees with the system's calendar at the borders of every day from 1970 to 2110`() {
    for day in 0..<51_500 as Range<UInt64> {
      for seconds in [day * 86400, day * 86400 + 86399] where text(seconds) != expected(seconds) {
        Issue.record("\(text(seconds)) is not \(expected(seconds))")
      }
    }
  }

  @Test func `agrees with the system's calendar up to the year 9999`() {
    var state: UInt64 = 1
    for step in 0..<100_000 as Range<UInt64> {
      // Knuth's generator; its high bits are well mixed.
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let seconds = step % 2 == 0 ? (state >> 20) % 253_402_300_800 : (state >> 20) % 2_932_897 * 86400
      if text(seconds) != expected(seconds) { Issue.record("\(text(seconds)) is not \(expected(seconds))") }
    }
  }
}

import GatewayCore

/// Reads the three forms of a date (RFC 9110 section 5.6.7), of which only the first is still written:
///
///     Sun, 06 Nov 1994 08:49:37 GMT
///     Sunday, 06-Nov-94 08:49:37 GMT
///     Sun Nov  6 08:49:37 1994
extension HTTPDate {
  private typealias Word = ArraySlice<UInt8>

  /// Seconds since 1970; nil for what is no date, several dates included. The century of a year of two digits
  /// is the one that puts it at most 50 years after `now`.
  static func seconds(_ field: [UInt8], now: WallTime) -> Int64? {
    let words = field[...].withoutOuterSpace.split(separator: 0x20, omittingEmptySubsequences: false)
    guard let weekday = words.first else { return nil }
    let isGMT = words.last.map { $0.elementsEqual("GMT".utf8) } ?? false
    switch words.count {
    case 6 where isGMT && isWeekday(weekday, ends: ","):
      return seconds(day: words[1], words[2], year: number(words[3], digits: 4), words[4])
    case 4 where isGMT && isLongWeekday(weekday):
      let date = words[1].split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
      guard date.count == 3, let year = number(date[2], digits: 2) else { return nil }
      return secondsOfShortYear(year, now) { seconds(day: date[0], date[1], year: $0, words[2]) }
    case 5 where isWeekday(weekday, ends: ""):
      return seconds(day: words[2], words[1], year: number(words[4], digits: 4), words[3])
    // The day has one digit, after a second space.
    case 6 where isWeekday(weekday, ends: "") && words[2].isEmpty && words[3].count == 1:
      return seconds(day: [48] + words[3], words[1], year: number(words[5], digits: 4), words[4])
    default:
      return nil
    }
  }

  private static func isWeekday(_ word: Word, ends end: String) -> Bool {
    weekdays.contains { word.elementsEqual("\($0)\(end)".utf8) }
  }

  private static func isLongWeekday(_ word: Word) -> Bool {
    ["Mon", "Tues", "Wednes", "Thurs", "Fri", "Satur", "Sun"].contains {
      word.elementsEqual("\($0)day,".utf8)
    }
  }

  private static func secondsOfShortYear(
    _ year: Int, _ now: WallTime, _ seconds: (Int) -> Int64?
  ) -> Int64? {
    let thisYear = date(daysSince1970: Int(now.seconds / 86400)).year
    let candidate = thisYear - thisYear % 100 + year
    return seconds(candidate > thisYear + 50 ? candidate - 100 : candidate)
  }

  /// `time`: `08:49:37`. A leap second counts as the one after it.
  private static func seconds(day: Word, _ month: Word, year: Int?, _ time: Word) -> Int64? {
    let clock = time.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard clock.count == 3, let year,
      let month = months.firstIndex(where: { month.elementsEqual("\($0)".utf8) }),
      let day = number(day, digits: 2), (1...length(ofMonth: month + 1, year)).contains(day),
      let hour = number(clock[0], digits: 2), hour < 24, let minute = number(clock[1], digits: 2),
      minute < 60,
      let second = number(clock[2], digits: 2), second <= 60
    else { return nil }
    let days = days(year: year, month: month + 1, day: day)
    return Int64(days * 86400 + hour * 3600 + minute * 60 + second)
  }

  private static func number(_ word: Word, digits: Int) -> Int? {
    guard word.count == digits, word.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return word.reduce(0) { $0 * 10 + Int($1) - 48 }
  }

  private static func length(ofMonth month: Int, _ year: Int) -> Int {
    let next = month == 12 ? (year + 1, 1) : (year, month + 1)
    return days(year: next.0, month: next.1, day: 1) - days(year: year, month: month, day: 1)
  }

  /// Days since 1970 of a Gregorian calendar date, the inverse of `date(daysSince1970:)`.
  private static func days(year: Int, month: Int, day: Int) -> Int {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}

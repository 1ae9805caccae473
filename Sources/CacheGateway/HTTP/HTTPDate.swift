/// Dates in HTTP's own form, such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7).
enum HTTPDate {
  private static let weekdays = Array("ThuFriSatSunMonTueWed".utf8)
  private static let months = Array("JanFebMarAprMayJunJulAugSepOctNovDec".utf8)

  /// Years 1970 to 9999.
  static func format(secondsSince1970 seconds: UInt64) -> String {
    let days = Int(seconds / 86400)
    let time = Int(seconds % 86400)
    let (year, month, day) = date(daysSince1970: days)
    return String(unsafeUninitializedCapacity: 29) { text in
      var writer = Writer(text)
      writer.name(weekdays, days % 7)
      writer.bytes(", ")
      writer.number(day, digits: 2)
      writer.bytes(" ")
      writer.name(months, month - 1)
      writer.bytes(" ")
      writer.number(year, digits: 4)
      for (separator, part) in [(" " as StaticString, time / 3600), (":", time / 60 % 60), (":", time % 60)] {
        writer.bytes(separator)
        writer.number(part, digits: 2)
      }
      writer.bytes(" GMT")
      return 29
    }
  }

  /// The Gregorian calendar date, by counting in years that begin in March and eras of 400 of them
  /// (Hinnant, "chrono-Compatible Low-Level Date Algorithms").
  private static func date(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }

  private struct Writer {
    private let text: UnsafeMutableBufferPointer<UInt8>
    private var position = 0

    init(_ text: UnsafeMutableBufferPointer<UInt8>) {
      self.text = text
    }

    mutating func byte(_ byte: UInt8) {
      text[position] = byte
      position += 1
    }

    mutating func bytes(_ string: StaticString) {
      for index in 0..<string.utf8CodeUnitCount { byte(string.utf8Start[index]) }
    }

    mutating func name(_ names: [UInt8], _ index: Int) {
      for offset in 0..<3 { byte(names[index * 3 + offset]) }
    }

    mutating func number(_ number: Int, digits: Int) {
      for place in stride(from: digits - 1, through: 0, by: -1) {
        let divisor = [1, 10, 100, 1000][place]
        byte(UInt8(truncatingIfNeeded: 48 + number / divisor % 10))
      }
    }
  }
}

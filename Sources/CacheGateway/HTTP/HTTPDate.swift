/// Dates in HTTP's own form, such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7).
enum HTTPDate {
  static let weekdays: [StaticString] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  static let months: [StaticString] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// Of every date, in bytes.
  static let length = 29

  /// Years 1970 to 9999.
  static func append(secondsSince1970 seconds: UInt64, to text: inout HeaderText) {
    let days = Int(seconds / 86400)
    let time = seconds % 86400
    let (year, month, day) = date(daysSince1970: days)
    text.append(count: length) { text in
      text.append(weekdays[days % 7])
      text.append(", ")
      text.append(decimal: UInt64(day), digits: 2)
      text.append(byte: UInt8(ascii: " "))
      text.append(months[month - 1])
      text.append(byte: UInt8(ascii: " "))
      text.append(decimal: UInt64(year), digits: 4)
      text.append(byte: UInt8(ascii: " "))
      text.append(decimal: time / 3600, digits: 2)
      text.append(byte: UInt8(ascii: ":"))
      text.append(decimal: time / 60 % 60, digits: 2)
      text.append(byte: UInt8(ascii: ":"))
      text.append(decimal: time % 60, digits: 2)
      text.append(" GMT")
    }
  }

  /// The Gregorian calendar date, by counting in years that begin in March and eras of 400 of them
  /// (Hinnant, "chrono-Compatible Low-Level Date Algorithms").
  static func date(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
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
}

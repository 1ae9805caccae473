/// Figures as people read them.
enum Quantity {
  private static let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]

  /// `1,234,567`
  static func count(_ number: Int) -> String {
    let digits = String(number.magnitude)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return (number < 0 ? "-" : "") + text
  }

  /// `17 B`, `1.5 MiB`
  static func bytes(_ bytes: Int) -> String {
    var amount = Double(max(0, bytes))
    var unit = 0
    while amount >= 1024, unit < units.count - 1 {
      amount /= 1024
      unit += 1
    }
    return unit == 0 ? "\(Int(amount)) B" : "\(tenths(amount)) \(units[unit])"
  }

  /// `850 ms`, `12.3 s`, `3 min 12 s`, `2 h 5 min`, `4 d 3 h`
  static func time(_ duration: Duration) -> String {
    let seconds = max(0, duration.components.seconds)
    switch seconds {
    case 0: return "\(Int(max(.zero, duration) / .milliseconds(1))) ms"
    case ..<60: return "\(tenths(duration / .seconds(1))) s"
    case ..<3600: return "\(seconds / 60) min \(seconds % 60) s"
    case ..<86_400: return "\(seconds / 3600) h \(seconds % 3600 / 60) min"
    default: return "\(seconds / 86_400) d \(seconds % 86_400 / 3600) h"
    }
  }

  /// `2`, `2.5`
  static func weight(_ weight: Double) -> String {
    Int(exactly: weight).map { "\($0)" } ?? "\(weight)"
  }

  /// With one decimal, rounded down.
  private static func tenths(_ number: Double) -> String {
    let tenths = Int((number * 10).rounded(.down))
    return "\(tenths / 10).\(tenths % 10)"
  }
}

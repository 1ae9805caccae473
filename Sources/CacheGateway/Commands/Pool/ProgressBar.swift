import GatewayCore

/// `[######--------]`
enum ProgressBar {
  /// `fraction`: from 0 to 1; `width`: characters within the brackets.
  static func text(_ fraction: Double, width: Int) -> String {
    let full = Int((min(1, max(0, fraction)) * Double(width)).rounded(.down))
    return "[" + String(repeating: "#", count: full) + String(repeating: "-", count: width - full) + "]"
  }
}

extension TransferStatus {
  /// How much of it is done, from 0 to 1: of the bytes, as long as there are any.
  var fraction: Double {
    if state == .done { return 1 }
    let (done, toGo) = bytesDone > 0 || bytesToGo > 0 ? (bytesDone, bytesToGo) : (keysDone, keysToGo)
    let all = Double(max(0, done)) + Double(max(0, toGo))
    return all > 0 ? Double(max(0, done)) / all : 0
  }
}

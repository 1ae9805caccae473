import GatewayCore

/// A transfer in one line, for people.
enum TransferText {
  /// The bar takes what the figures leave of the line, in characters.
  private static let barWidths = 10...40

  /// While it is under way. `width`: of the line, in characters.
  static func line(_ title: String, _ transfer: TransferStatus, width: Int = 100) -> String {
    switch transfer.state {
    case .done: return "\(title)  done: \(summary(transfer))"
    case .waiting: return "\(title)  waiting" + (transfer.reason.map { ": \($0)" } ?? "")
    case .running, .interrupted:
      let figures = figures(transfer)
      let room = width - title.count - figures.count - 6
      let barWidth = min(barWidths.upperBound, max(barWidths.lowerBound, room))
      return "\(title)  \(ProgressBar.text(transfer.fraction, width: barWidth))  \(figures)"
    }
  }

  /// What it came to: `2,000,000 keys, 2.6 GiB in 21.0 s (126.8 MiB/s)`
  static func summary(_ transfer: TransferStatus) -> String {
    let amount = "\(Quantity.count(transfer.keysDone)) keys, \(Quantity.bytes(transfer.bytesDone))"
    let time = Quantity.time(transfer.timeTaken)
    guard transfer.timeTaken > .zero else { return "\(amount) in \(time)" }
    let rate = Double(transfer.bytesDone) / (transfer.timeTaken / .seconds(1))
    return "\(amount) in \(time) (\(Quantity.bytes(Int(min(rate, 1e15))))/s)"
  }

  private static func figures(_ transfer: TransferStatus) -> String {
    let keys = sum(transfer.keysDone, transfer.keysToGo)
    let bytes = sum(transfer.bytesDone, transfer.bytesToGo)
    var parts = [
      "\(Int(transfer.fraction * 100)) %",
      "\(Quantity.count(transfer.keysDone)) of \(Quantity.count(keys)) keys",
      "\(Quantity.bytes(transfer.bytesDone)) of \(Quantity.bytes(bytes))",
    ]
    if transfer.state == .running {
      parts.append("\(Quantity.bytes(transfer.bytesPerSecond))/s")
      if let left = transfer.timeLeft { parts.append("\(Quantity.time(left)) left") }
    } else {
      parts.append("interrupted" + (transfer.reason.map { ": \($0)" } ?? ""))
    }
    return parts.joined(separator: "  ")
  }

  /// Saturates.
  private static func sum(_ one: Int, _ other: Int) -> Int {
    let (sum, overflow) = one.addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}

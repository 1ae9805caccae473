import GatewayCore

extension TransferStatus {
  /// As an object (RFC 8259). Times are in seconds, with three decimals.
  var json: String {
    let fields = [
      ("state", JSONText.quote(state.rawValue)),
      ("source", JSONText.quote(source)),
      ("keysDone", "\(keysDone)"),
      ("keysToGo", "\(keysToGo)"),
      ("bytesDone", "\(bytesDone)"),
      ("bytesToGo", "\(bytesToGo)"),
      ("bytesPerSecond", "\(bytesPerSecond)"),
      ("secondsLeft", timeLeft?.inDecimalSeconds ?? "null"),
      ("secondsTaken", timeTaken.inDecimalSeconds),
      ("reason", JSONText.quote(reason)),
    ]
    return JSONText.object(fields)
  }
}

extension JSONText {
  /// A string, or null.
  static func quote(_ text: String?) -> String { text.map { "\"\(escape($0))\"" } ?? "null" }

  /// The values are JSON already.
  static func object(_ members: [(name: String, value: String)]) -> String {
    "{\(members.map { "\"\($0.name)\":\($0.value)" }.joined(separator: ","))}"
  }
}

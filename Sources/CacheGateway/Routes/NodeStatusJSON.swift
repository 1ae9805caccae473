import GatewayCore

extension NodeStatus {
  /// As an object (RFC 8259). Times are in seconds, with three decimals.
  var json: String {
    let fields = [
      ("name", Self.text(name)),
      ("address", Self.text("\(address)")),
      ("weight", "\(weight)"),
      ("state", Self.text(state.rawValue)),
      ("secondsInState", timeInState.inDecimalSeconds),
      ("trusted", "\(isTrusted)"),
      ("secondsUntilTrusted", timeUntilTrusted?.inDecimalSeconds ?? "null"),
      ("lastFallReason", lastFallReason.map(Self.text) ?? "null"),
      ("flaps", "\(flaps)"),
      ("missedWrites", "\(missedWrites)"),
      ("flushOnReturn", "\(flushOnReturn)"),
      ("processId", processID.map { "\($0)" } ?? "null"),
    ]
    return "{\(fields.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ","))}"
  }

  private static func text(_ text: String) -> String { "\"\(JSONText.escape(text))\"" }
}

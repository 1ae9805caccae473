import GatewayCore

extension NodeStatus {
  /// As an object (RFC 8259). Times are in seconds, with three decimals.
  var json: String {
    JSONText.object([
      ("name", JSONText.quote(name)),
      ("address", JSONText.quote("\(address)")),
      ("weight", "\(weight)"),
      ("state", JSONText.quote(state.rawValue)),
      ("membership", JSONText.quote(membership.rawValue)),
      ("secondsInState", timeInState.inDecimalSeconds),
      ("trusted", "\(isTrusted)"),
      ("secondsUntilTrusted", timeUntilTrusted?.inDecimalSeconds ?? "null"),
      ("lastFallReason", JSONText.quote(lastFallReason)),
      ("flaps", "\(flaps)"),
      ("missedWrites", "\(missedWrites)"),
      ("flushOnReturn", "\(flushOnReturn)"),
      ("processId", processID.map { "\($0)" } ?? "null"),
      ("restore", restore?.json ?? "null"),
    ])
  }
}

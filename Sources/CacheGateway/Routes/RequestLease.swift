import GatewayCore

extension RequestPreferences {
  /// `Cache-Gateway-Lease`, and how long `Cache-Gateway-Wait` lets it wait; nil without a lease.
  static func lease(_ head: borrowing RequestHead) throws(Refusal) -> LeaseTerms? {
    guard head.fields.contains(.preferences) else { return nil }
    var wait = Duration.zero
    if let text = head.header("Cache-Gateway-Wait") { wait = try leaseWait(text) }
    guard let text = head.header("Cache-Gateway-Lease") else { return nil }
    return LeaseTerms(seconds: try leaseSeconds(text), wait: wait)
  }

  /// `5`, `5s` or `1m`: 1 to 60 seconds.
  static func leaseSeconds(_ text: String) throws(Refusal) -> UInt32 {
    guard let lifetime = try? ValueSyntax.lifetime(text, allowsNone: false), let seconds = lifetime.seconds,
      LeaseTerms.lengths.contains(seconds)
    else {
      throw Refusal(.invalidHeader("Cache-Gateway-Lease: '\(text)' is not a time from 1s to 60s"))
    }
    return seconds
  }

  /// `250ms`, `2` or `2s`: 1 ms to 30 seconds.
  static func leaseWait(_ text: String) throws(Refusal) -> Duration {
    guard let wait = try? ValueSyntax.duration(text), wait > .zero, wait <= LeaseTerms.longestWait else {
      throw Refusal(.invalidHeader("Cache-Gateway-Wait: '\(text)' is not a time from 1ms to 30s"))
    }
    return wait
  }
}

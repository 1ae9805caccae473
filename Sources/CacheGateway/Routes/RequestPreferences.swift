import GatewayCore

/// What one request asks of the chain, other than the configuration.
enum RequestPreferences {
  /// `Cache-Gateway-Read: first` or `newest`.
  static func readMode(_ head: borrowing RequestHead) throws(Refusal) -> ReadMode {
    guard head.hasOwnFields, let text = head.header("Cache-Gateway-Read") else { return .configured }
    switch text {
    case "first": return .first
    case "newest": return .newest
    default: throw Refusal(.invalidHeader("Cache-Gateway-Read: '\(text)' is neither first nor newest"))
    }
  }

  /// `Cache-Gateway-Write-Quorum`: 1 to the number of copies; nil: as configured.
  static func quorum(_ head: borrowing RequestHead, replicas: Int) throws(Refusal) -> Int? {
    guard let text = head.header("Cache-Gateway-Write-Quorum") else { return nil }
    guard text.utf8.allSatisfy({ (48...57).contains($0) }), let quorum = Int(text),
      (1...replicas).contains(quorum)
    else {
      throw Refusal(
        .invalidHeader("Cache-Gateway-Write-Quorum: '\(text)' is not a number from 1 to \(replicas)"))
    }
    return quorum
  }
}

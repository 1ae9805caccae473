import GatewayCore

/// What one request asks of the chain, other than the configuration.
enum RequestPreferences {
  /// `Cache-Gateway-Read: first` or `newest`.
  static func readMode(_ head: borrowing RequestHead) throws(Refusal) -> ReadMode {
    guard head.fields.contains(.preferences), let text = head.header("Cache-Gateway-Read") else {
      return .configured
    }
    switch text {
    case "first": return .first
    case "newest": return .newest
    default: throw Refusal(.invalidHeader("Cache-Gateway-Read: '\(text)' is neither first nor newest"))
    }
  }

  /// `Cache-Gateway-Touch: true`: a PUT renews the lifetime of the value that is there.
  static func isTouch(_ head: borrowing RequestHead) throws(Refusal) -> Bool {
    guard head.fields.contains(.preferences), let text = head.header("Cache-Gateway-Touch") else {
      return false
    }
    guard text == "true" else {
      throw Refusal(.invalidHeader("Cache-Gateway-Touch: '\(text)' is not true, or left out"))
    }
    return true
  }

  /// `Cache-Gateway-Write-Quorum`: 1 to the number of copies; nil: as configured.
  static func quorum(_ head: borrowing RequestHead, _ pool: NodePool) throws(Refusal) -> Int? {
    guard head.fields.contains(.preferences), let text = head.header("Cache-Gateway-Write-Quorum") else {
      return nil
    }
    let replicas = pool.layout.current.replicas
    guard text.utf8.allSatisfy({ (48...57).contains($0) }), let quorum = Int(text),
      (1...replicas).contains(quorum)
    else {
      throw Refusal(
        .invalidHeader("Cache-Gateway-Write-Quorum: '\(text)' is not a number from 1 to \(replicas)"))
    }
    return quorum
  }
}

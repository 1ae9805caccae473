import GatewayCore

/// How long a PUT wants its value to live: the parameter `ttl`, else `Cache-Control: max-age`, else the
/// configured default.
struct RequestLifetime: Sendable {
  let standard: Lifetime

  func lifetime(_ head: borrowing RequestHead) throws(Refusal) -> Lifetime {
    if let text = head.parameter("ttl") {
      do {
        let decoded = try PercentEncoding.decode(Array(text.utf8))
        return try ValueSyntax.lifetime(String(decoding: decoded, as: UTF8.self), allowsNone: false)
      } catch {
        throw Refusal(.invalidParameter("ttl: \(error)"))
      }
    }
    guard let control = head.joinedHeader("Cache-Control") else { return standard }
    return try maxAge(String(decoding: control, as: UTF8.self)) ?? standard
  }

  /// RFC 9111 section 5.2: directives are separated by commas, names are case-insensitive, arguments may be
  /// quoted; those not known are ignored.
  private func maxAge(_ control: String) throws(Refusal) -> Lifetime? {
    for directive in control.split(separator: ",") {
      let parts = directive.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = parts.first, trimmed(name).lowercased() == "max-age" else { continue }
      let argument = parts.count == 2 ? trimmed(parts[1]).filter { $0 != "\"" } : ""
      let isNumber = !argument.isEmpty && argument.utf8.allSatisfy { (48...57).contains($0) }
      // A number too large to count counts as the longest lifetime (RFC 9111 section 1.2.2).
      guard isNumber, let seconds = UInt64(argument) ?? .some(.max) else {
        throw Refusal(.invalidHeader("Cache-Control: max-age='\(argument)' is not a number of seconds"))
      }
      guard seconds > 0 else {
        throw Refusal(.invalidHeader("Cache-Control: max-age=0: a lifetime must be at least 1 second"))
      }
      return Lifetime(seconds: UInt32(min(seconds, ValueSyntax.longestLifetime)))
    }
    return nil
  }

  private func trimmed(_ text: Substring) -> String {
    String(text.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
  }
}

import GatewayCore

/// How long a PUT wants its value to live: the parameter `ttl`, else `Cache-Control: max-age`, else the
/// configured default.
struct RequestLifetime: Sendable {
  let standard: Lifetime

  func lifetime(_ head: borrowing RequestHead) throws(Refusal) -> Lifetime {
    if let text = head.parameter("ttl") {
      do throws(SyntaxError) {
        return try ValueSyntax.lifetime(text, allowsNone: false)
      } catch {
        throw Refusal(.invalidParameter("ttl: \(error)"))
      }
    }
    guard let control = head.header("Cache-Control"), let age = try maxAge(control) else { return standard }
    return age
  }

  /// RFC 9111 section 5.2: directives are separated by commas, names are case-insensitive, arguments may be
  /// quoted; those not known are ignored.
  private func maxAge(_ control: String) throws(Refusal) -> Lifetime? {
    for directive in control.split(separator: ",") {
      let parts = directive.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = parts.first, trimmed(name).lowercased() == "max-age" else { continue }
      let argument = parts.count == 2 ? trimmed(parts[1]).filter { $0 != "\"" } : ""
      guard let seconds = UInt64(argument) else {
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

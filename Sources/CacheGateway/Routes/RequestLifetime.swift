import GatewayCore

/// How long a PUT wants its value to be fresh, by the parameter `ttl`, else `Cache-Control: max-age`, else the
/// configured default; and for how long it may be served stale then, by `stale-while-revalidate` and
/// `stale-if-error` (RFC 5861).
struct RequestLifetime: Sendable {
  let standard: Lifetime
  /// Values can have windows; else those asked for have no effect.
  let keepsWindows: Bool

  func lifetime(_ head: borrowing RequestHead) throws(Refusal) -> (Lifetime, StaleWindows) {
    var parameter: Lifetime?
    if let text = head.parameter("ttl") { parameter = try Self.lifetime(parameter: text) }
    guard head.fields.contains(.cacheControl), let field = head.joinedHeader("Cache-Control") else {
      return (parameter ?? standard, .none)
    }
    return try lifetime(parameter, CacheControl(field))
  }

  /// `parameter`: what `ttl` says.
  func lifetime(_ parameter: Lifetime?, _ control: CacheControl) throws(Refusal) -> (Lifetime, StaleWindows) {
    let maxAge = parameter == nil ? try Self.maxAge(control) : nil
    let lifetime = parameter ?? maxAge ?? standard
    guard keepsWindows, let seconds = lifetime.seconds else { return (lifetime, .none) }
    // Nothing is kept for longer than the longest lifetime.
    let most = ValueSyntax.longestLifetime - min(UInt64(seconds), ValueSyntax.longestLifetime)
    let windows = StaleWindows(
      whileRevalidate: try Self.window("stale-while-revalidate", control, most),
      ifError: try Self.window("stale-if-error", control, most))
    return (lifetime, windows)
  }

  private static func lifetime(parameter text: String) throws(Refusal) -> Lifetime {
    do {
      let decoded = try PercentEncoding.decode(Array(text.utf8))
      return try ValueSyntax.lifetime(String(decoding: decoded, as: UTF8.self), allowsNone: false)
    } catch {
      throw Refusal(.invalidParameter("ttl: \(error)"))
    }
  }

  private static func maxAge(_ control: CacheControl) throws(Refusal) -> Lifetime? {
    guard let seconds = try seconds("max-age", control) else { return nil }
    guard seconds > 0 else {
      throw Refusal(.invalidHeader("Cache-Control: max-age=0: a lifetime must be at least 1 second"))
    }
    return Lifetime(seconds: UInt32(min(seconds, ValueSyntax.longestLifetime)))
  }

  private static func window(_ name: String, _ control: CacheControl, _ most: UInt64) throws(Refusal)
    -> UInt32
  {
    UInt32(min(try seconds(name, control) ?? 0, most))
  }

  private static func seconds(_ name: String, _ control: CacheControl) throws(Refusal) -> UInt64? {
    do throws(CacheControl.NotSeconds) {
      return try control.seconds(name).map(UInt64.init)
    } catch {
      throw Refusal(.invalidHeader(error.description))
    }
  }
}

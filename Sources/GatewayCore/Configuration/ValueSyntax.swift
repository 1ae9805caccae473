/// A value that does not read as what it should be; says what would.
public struct SyntaxError: Error, Equatable, Sendable, CustomStringConvertible {
  public let description: String

  public init(_ description: String) {
    self.description = description
  }
}

/// How values are written in the configuration, on the command line and in requests.
public enum ValueSyntax {
  /// The longest lifetime, in seconds: 10 years of 365 days.
  public static let longestLifetime: UInt64 = 10 * 365 * 86400

  private static let durationUnits: [(suffix: String, unit: Duration)] = [
    ("ms", .milliseconds(1)), ("s", .seconds(1)), ("m", .seconds(60)), ("h", .seconds(3600)),
    ("d", .seconds(86400)),
  ]

  private static let sizeUnits: [(suffix: String, bytes: Int)] = [
    ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("B", 1),
  ]

  /// `250ms`, `90s`, `10m`, `2h`, `7d`; a bare number counts seconds. At most 10 years.
  public static func duration(_ text: String) throws(SyntaxError) -> Duration {
    let complaint = SyntaxError("'\(text)' is no duration: write 250ms, 90s, 10m, 2h or 7d")
    let (number, suffix) = split(text)
    guard let count = Int64(number), count <= Int64(longestLifetime) * 1000 else { throw complaint }
    if suffix.isEmpty { return try bounded(.seconds(count), text) }
    guard let unit = durationUnits.first(where: { $0.suffix == suffix }) else { throw complaint }
    return try bounded(unit.unit * count, text)
  }

  private static func bounded(_ duration: Duration, _ text: String) throws(SyntaxError) -> Duration {
    guard duration <= .seconds(Int64(longestLifetime)) else {
      throw SyntaxError("'\(text)' is longer than 10 years")
    }
    return duration
  }

  /// A lifetime: whole seconds, at least one. `none` stands for no limit where `allowsNone`.
  public static func lifetime(_ text: String, allowsNone: Bool) throws(SyntaxError) -> Lifetime {
    if let seconds = bareSeconds(text) { return Lifetime(seconds: seconds) }
    if allowsNone, text == "none" { return .forever }
    let expected = allowsNone ? "none, 90, 90s, 10m, 2h or 7d" : "90, 90s, 10m, 2h or 7d"
    let (number, suffix) = split(text)
    guard let count = UInt64(number), suffix != "ms", let duration = try? duration(text) else {
      throw SyntaxError("'\(text)' is no lifetime: write \(expected), at most 10 years")
    }
    guard count > 0 else { throw SyntaxError("a lifetime of \(text): it must be at least 1 second") }
    return Lifetime(duration)
  }

  /// A bare number of seconds within bounds, as most requests have it; nil for anything else.
  private static func bareSeconds(_ text: String) -> UInt32? {
    guard text.utf8.count < 10, text.utf8.allSatisfy({ (48...57).contains($0) }), let seconds = UInt32(text),
      (1...longestLifetime).contains(UInt64(seconds))
    else { return nil }
    return seconds
  }

  /// `64MiB`, `512KiB`, `1GiB`; a bare number counts bytes.
  public static func size(_ text: String) throws(SyntaxError) -> Int {
    let (number, suffix) = split(text)
    let unit = suffix.isEmpty ? 1 : sizeUnits.first { $0.suffix == suffix }?.bytes
    guard let count = Int(number), count >= 0, let unit else {
      throw SyntaxError("'\(text)' is no size: write 512KiB, 64MiB, 1GiB or a number of bytes")
    }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: unit)
    guard !overflow else { throw SyntaxError("'\(text)' is too large") }
    return bytes
  }

  public static func integer(_ text: String, _ range: ClosedRange<Int>) throws(SyntaxError) -> Int {
    guard let number = Int(text), range.contains(number) else {
      throw SyntaxError("'\(text)' is not a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  public static func choice<Choice: RawRepresentable & CaseIterable>(
    _ text: String, _: Choice.Type
  ) throws(SyntaxError) -> Choice where Choice.RawValue == String {
    guard let choice = Choice(rawValue: text) else {
      let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw SyntaxError("'\(text)' is not one of \(choices)")
    }
    return choice
  }

  /// `host:port`, with an IPv6 address in brackets.
  public static func endpoint(
    _ text: String, allowsPortZero: Bool = false
  ) throws(SyntaxError) -> Endpoint {
    let complaint = SyntaxError("'\(text)' is no address: write host:port, or [address]:port for IPv6")
    guard let colon = text.lastIndex(of: ":") else { throw complaint }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      throw complaint
    }
    guard isHost(host) else { throw complaint }
    let digits = text[text.index(after: colon)...]
    guard digits.utf8.allSatisfy({ (48...57).contains($0) }), let port = UInt16(digits),
      port > 0 || allowsPortZero
    else {
      throw SyntaxError("'\(text)': the port must be a number from \(allowsPortZero ? 0 : 1) to 65535")
    }
    return Endpoint(host: String(host), port: port)
  }

  /// Letters, digits and what stands in host names, addresses and their zones (RFC 4007 section 11.2).
  private static func isHost(_ host: Substring) -> Bool {
    !host.isEmpty
      && host.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: Array("._-:%".utf8).contains(byte)
        }
      }
  }

  /// `[name=]host:port[*weight]`; the address is the name where none is given.
  public static func node(_ text: String) throws(SyntaxError) -> NodeConfiguration {
    var rest = Substring(text)
    var name: String?
    if let equals = rest.firstIndex(of: "=") {
      name = String(rest[..<equals])
      rest = rest[rest.index(after: equals)...]
    }
    var weight = 1.0
    if let star = rest.lastIndex(of: "*") {
      weight = try self.weight(String(rest[rest.index(after: star)...]))
      rest = rest[..<star]
    }
    let endpoint = try endpoint(String(rest))
    return NodeConfiguration(
      name: try nodeName(name ?? String(rest)), host: endpoint.host, port: endpoint.port, weight: weight)
  }

  public static func weight(_ text: String) throws(SyntaxError) -> Double {
    guard let weight = Double(text), weight >= 0.001, weight <= 1000 else {
      throw SyntaxError("'\(text)' is no weight: write a number from 0.001 to 1000")
    }
    return weight
  }

  /// 1 to 100 letters, digits and `. _ - : [ ]`: it stands in header values, paths and metrics.
  public static func nodeName(_ text: String) throws(SyntaxError) -> String {
    let isAllowed = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: Array("._-:[]".utf8).contains(byte)
      }
    }
    guard isAllowed, (1...100).contains(text.utf8.count) else {
      throw SyntaxError("'\(text)' is no node name: write 1 to 100 letters, digits and . _ - : [ ]")
    }
    return text
  }

  /// The leading digits and what follows them.
  private static func split(_ text: String) -> (number: Substring, suffix: Substring) {
    let end = text.firstIndex { !("0"..."9").contains($0) } ?? text.endIndex
    return (text[..<end], text[end...])
  }
}

/// A host name or address, and a port.
public struct Endpoint: Equatable, Sendable, CustomStringConvertible {
  public let host: String
  public let port: UInt16

  public init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

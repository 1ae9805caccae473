import GatewayCore

/// The members of an object in a gateway's answer. Each error names the member that is not as it should be.
struct AnswerFields {
  let value: JSONValue

  init(_ value: JSONValue) {
    self.value = value
  }

  func text(_ name: StaticString) throws(AdminError) -> String {
    try required(name, try textOrNull(name))
  }

  func textOrNull(_ name: StaticString) throws(AdminError) -> String? {
    switch value[name] {
    case nil, .null?: return nil
    case .string(let text)?: return text.printable
    default: throw Self.wrong(name)
    }
  }

  func number(_ name: StaticString) throws(AdminError) -> Double {
    try required(name, try numberOrNull(name))
  }

  func integer(_ name: StaticString) throws(AdminError) -> Int {
    try required(name, try integerOrNull(name))
  }

  func integerOrNull(_ name: StaticString) throws(AdminError) -> Int? {
    guard let digits = try digits(name) else { return nil }
    return try required(name, Int(digits))
  }

  /// Given in seconds.
  func duration(_ name: StaticString) throws(AdminError) -> Duration {
    try required(name, try durationOrNull(name))
  }

  func durationOrNull(_ name: StaticString) throws(AdminError) -> Duration? {
    guard let seconds = try numberOrNull(name) else { return nil }
    // 30,000 years.
    guard abs(seconds) < 1e12 else { throw Self.wrong(name) }
    return .milliseconds(Int64((seconds * 1000).rounded()))
  }

  func truth(_ name: StaticString) throws(AdminError) -> Bool {
    guard case .bool(let truth)? = value[name] else { throw Self.wrong(name) }
    return truth
  }

  func choice<Choice: RawRepresentable>(
    _ name: StaticString
  ) throws(AdminError) -> Choice where Choice.RawValue == String {
    try required(name, Choice(rawValue: try text(name)))
  }

  func endpoint(_ name: StaticString) throws(AdminError) -> Endpoint {
    try required(name, try? ValueSyntax.endpoint(try text(name)))
  }

  /// nil for null.
  func object(_ name: StaticString) throws(AdminError) -> AnswerFields? {
    switch value[name] {
    case nil, .null?: return nil
    case .object(let members)?: return AnswerFields(.object(members))
    default: throw Self.wrong(name)
    }
  }

  private func numberOrNull(_ name: StaticString) throws(AdminError) -> Double? {
    guard let digits = try digits(name) else { return nil }
    return try required(name, Double(digits))
  }

  private func digits(_ name: StaticString) throws(AdminError) -> String? {
    switch value[name] {
    case nil, .null?: return nil
    case .number(let digits)?: return digits.text
    default: throw Self.wrong(name)
    }
  }

  private func required<Value>(_ name: StaticString, _ value: Value?) throws(AdminError) -> Value {
    guard let value else { throw Self.wrong(name) }
    return value
  }

  private static func wrong(_ name: StaticString) -> AdminError {
    .misunderstood("\(name) is missing, or not what it should be")
  }
}

extension Bytes {
  /// As text without control characters: it may quote what a node answered, and be shown on a terminal.
  var printable: String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }))
  }
}

import GatewayCore

/// The members of one operation. Each error names the member that is at fault.
struct OperationFields {
  /// The longest of the texts that are not the value, in bytes: a list of a hundred entity tags, or a key in
  /// base64. Errors quote them.
  private static let longestText = 4096
  /// The longest lifetime as it is written, in bytes; more are leading zeros.
  private static let longestLifetime = 32

  private let members: [JSONValue.Member]

  init(_ members: [JSONValue.Member]) { self.members = members }

  /// What is to be done. Throws as well when there are members that have no meaning for that: ignoring one, such
  /// as a misspelt condition, would overwrite what the client wants kept.
  func kind() throws(Refusal) -> BatchOperationKind {
    guard let name = try text("op"), let kind = BatchOperationKind(name) else {
      throw Refusal(.invalidOperation("op: it must be get, put, touch or delete"))
    }
    for member in members where !kind.members.contains(where: { member.name.equals($0) }) {
      throw Refusal(.invalidOperation("'\(Self.shown(member.name))' is no member of a \(kind.name)"))
    }
    return kind
  }

  /// nil when there is no such member.
  func text(_ name: StaticString) throws(Refusal) -> Bytes? {
    guard let text = try string(name) else { return nil }
    guard text.count <= Self.longestText else {
      throw Refusal(
        .invalidOperation("\(name) has \(text.count) bytes: at most \(Self.longestText) are taken"))
    }
    return text
  }

  /// Exactly one of two members: text, or its base64 form.
  func bytes(_ name: StaticString, orBase64 encoded: StaticString) throws(Refusal) -> Bytes {
    switch (try string(name), try string(encoded)) {
    case (let text?, nil): return text
    case (nil, let text?):
      if let decoded = Base64Text.decode(text) { return decoded }
      throw Refusal(.invalidOperation("\(encoded) is no base64 (RFC 4648 section 4, with padding)"))
    case (nil, nil): throw Refusal(.invalidOperation("\(name) is missing, and \(encoded) as well"))
    case (_?, _?): throw Refusal(.invalidOperation("there is both \(name) and \(encoded)"))
    }
  }

  /// `ttl`: a number of seconds, or text.
  func lifetime() throws(Refusal) -> String? {
    guard let value = member("ttl") else { return nil }
    switch value {
    case .number(let text) where text.count <= Self.longestLifetime,
      .string(let text) where text.count <= Self.longestLifetime:
      return String(decoding: text.buffer, as: UTF8.self)
    default:
      throw Refusal(
        .invalidOperation("ttl: it must be a number of seconds, or text such as 90s, 10m, 2h or 7d"))
    }
  }

  private func string(_ name: StaticString) throws(Refusal) -> Bytes? {
    switch member(name) {
    case nil: return nil
    case .string(let text): return text
    default: throw Refusal(.invalidOperation("\(name): it must be a string"))
    }
  }

  private func member(_ name: StaticString) -> JSONValue? {
    members.first { $0.name.equals(name) }?.value
  }

  /// As much of a name as is worth telling.
  private static func shown(_ name: Bytes) -> String {
    String(decoding: name.buffer.prefix(64), as: UTF8.self)
  }
}

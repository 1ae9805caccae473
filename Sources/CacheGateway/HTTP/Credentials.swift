/// The credentials of a request, as the Authorization field carries them (RFC 9110 section 11.6.2).
enum Credentials: Equatable {
  /// RFC 7617: the name has no colon, the password may have.
  case basic(user: String, password: String)
  /// RFC 6750 section 2.1.
  case bearer(token: String)

  /// Reads the value of an Authorization field, all its bytes as sent.
  init(_ field: some Collection<UInt8>) throws(CredentialsError) {
    let field = Self.trimmed(Array(field)[...])
    let scheme = field.prefix { $0 != Self.space }
    let rest = field[scheme.endIndex...].drop { $0 == Self.space }
    switch String(decoding: scheme, as: UTF8.self).lowercased() {
    case "basic": self = try Self.basic(rest)
    case "bearer": self = try Self.bearer(rest)
    default: throw .unknownScheme
    }
  }

  /// UTF-8, in base64 of either alphabet.
  private static func basic(_ encoded: ArraySlice<UInt8>) throws(CredentialsError) -> Credentials {
    guard let decoded = Base64Decoder.decode(encoded) else { throw .notBase64 }
    guard let text = String(validating: decoded, as: UTF8.self) else { throw .notUTF8 }
    // RFC 7617 section 2 forbids them.
    guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
      throw .controlCharacter
    }
    guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { throw .noColon }
    return .basic(user: String(text[..<colon]), password: String(text[text.utf8.index(after: colon)...]))
  }

  private static func bearer(_ token: ArraySlice<UInt8>) throws(CredentialsError) -> Credentials {
    let padding = token.reversed().prefix { $0 == UInt8(ascii: "=") }.count
    let symbols = token.dropLast(padding)
    guard !symbols.isEmpty, symbols.allSatisfy(isTokenSymbol) else { throw .notToken68 }
    return .bearer(token: String(decoding: token, as: UTF8.self))
  }

  /// What token68 consists of, padding apart (RFC 9110 section 11.2).
  private static func isTokenSymbol(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"): true
    default: "-._~+/".utf8.contains(byte)
    }
  }

  private static let space = UInt8(ascii: " ")

  private static func trimmed(_ field: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    func isSpace(_ byte: UInt8) -> Bool { byte == space || byte == 9 }
    return field.drop(while: isSpace).dropLast(field.reversed().prefix(while: isSpace).count)
  }
}

/// What is wrong with an Authorization field. Says nothing of what stands in it, which may be half a secret.
enum CredentialsError: Error, Equatable, CustomStringConvertible {
  case unknownScheme
  case notBase64
  case notUTF8
  case controlCharacter
  case noColon
  case notToken68

  var description: String {
    switch self {
    case .unknownScheme: "the scheme is neither Basic nor Bearer"
    case .notBase64: "what follows Basic is not base64"
    case .notUTF8: "user and password are not UTF-8"
    case .controlCharacter: "there is a control character in user or password"
    case .noColon: "there is no colon between user and password"
    case .notToken68: "what follows Bearer is not a token of letters, digits and -._~+/"
    }
  }
}

extension RequestHead {
  /// nil when the request carries none. A request may carry one Authorization field only: several, joined by
  /// commas, are no valid credentials. Read when asked for, so that a request that needs none costs nothing.
  func credentials() throws(CredentialsError) -> Credentials? {
    guard let field = joinedHeader("Authorization") else { return nil }
    return try Credentials(field)
  }
}

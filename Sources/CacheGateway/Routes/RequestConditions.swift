import GatewayCore

/// The conditions of a PUT or DELETE (RFC 9110 section 13.1).
enum RequestConditions {
  /// Throws for a field that is no list of entity tags, and for conditions that are not supported: ignoring
  /// one would overwrite what the client wants kept.
  static func condition(_ head: borrowing RequestHead, versioned: Bool) throws(Refusal) -> WriteCondition {
    let match = head.joinedHeader("If-Match")
    let noneMatch = head.joinedHeader("If-None-Match")
    // If-Match takes precedence over the date (RFC 9110 section 13.2.2).
    if match == nil, head.header("If-Unmodified-Since") != nil { throw Refusal(.unmodifiedSince) }
    return try condition(("If-Match", match), ("If-None-Match", noneMatch), versioned: versioned)
  }

  /// From two fields' names and values.
  static func condition(
    _ match: (name: StaticString, value: [UInt8]?), _ noneMatch: (name: StaticString, value: [UInt8]?),
    versioned: Bool
  ) throws(Refusal) -> WriteCondition {
    if match.value == nil, noneMatch.value == nil { return .always }
    guard versioned else { throw Refusal(.conditionalPlainWrite) }
    var conditions: [WriteCondition] = []
    if let value = match.value {
      switch try EntityTagList(value, of: match.name) {
      case .any: conditions.append(.present)
      // Weak tags never match here (RFC 9110 section 13.1.1).
      case .tags(let tags): conditions.append(.matches(tags.compactMap { $0.isWeak ? nil : $0.tag }))
      }
    }
    if let value = noneMatch.value {
      switch try EntityTagList(value, of: noneMatch.name) {
      case .any: conditions.append(.absent)
      case .tags(let tags): conditions.append(.matchesNone(tags.compactMap(\.tag)))
      }
    }
    return conditions.count == 1 ? conditions[0] : .all(conditions)
  }
}

/// The value of If-Match or If-None-Match.
enum EntityTagList {
  struct Item: Equatable {
    /// nil: of no value that this gateway ever had.
    let tag: EntityTag?
    let isWeak: Bool
  }

  case any
  case tags([Item])

  init(_ field: [UInt8], of name: StaticString) throws(Refusal) {
    let text = String(decoding: field, as: UTF8.self)
    let trimmed = Self.withoutSpace(text[...])
    if trimmed == "*" {
      self = .any
      return
    }
    guard let items = Self.items(trimmed), !items.isEmpty else {
      throw Refusal(.invalidHeader("\(name): '\(text)' is neither * nor a list of entity tags in quotes"))
    }
    self = .tags(items)
  }

  /// nil when it is no such list. A comma may stand within a tag.
  private static func items(_ text: Substring) -> [Item]? {
    var rest = text
    var items: [Item] = []
    while true {
      rest = rest.drop { $0 == " " || $0 == "\t" || $0 == "," }
      if rest.isEmpty { return items }
      let isWeak = rest.hasPrefix("W/")
      if isWeak { rest = rest.dropFirst(2) }
      guard rest.first == "\"", let end = rest.dropFirst().firstIndex(of: "\"") else { return nil }
      items.append(Item(tag: EntityTag(rest[rest.index(after: rest.startIndex)..<end]), isWeak: isWeak))
      rest = withoutSpace(rest[rest.index(after: end)...])
      guard rest.isEmpty || rest.first == "," else { return nil }
    }
  }

  private static func withoutSpace(_ text: Substring) -> Substring {
    var text = text.drop { $0 == " " || $0 == "\t" }
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    return text
  }
}

extension EntityTag {
  /// What stands between the quotes of an ETag of ours; nil when it is none.
  init?(_ text: Substring) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    if parts[0] == "plain" {
      guard parts[1].utf8.count == 16, let hash = Self.hexadecimal(parts[1]) else { return nil }
      self = .plain(hash)
    } else {
      guard parts[0].utf8.count == 16, parts[1].utf8.count == 8, let time = Self.hexadecimal(parts[0]),
        let writer = Self.hexadecimal(parts[1])
      else { return nil }
      self = .version(Version(time: time, writer: UInt32(truncatingIfNeeded: writer)))
    }
  }

  /// Lower case only, as it is written.
  private static func hexadecimal(_ digits: Substring) -> UInt64? {
    guard digits.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else { return nil }
    return UInt64(digits, radix: 16)
  }
}

import GatewayCore

/// The conditions of a PUT or DELETE (RFC 9110 section 13.1).
enum RequestConditions {
  /// Throws for a field that is no list of entity tags, and for conditions on plain values: ignoring one would
  /// overwrite what the client wants kept. If-Modified-Since is for reads only.
  static func condition(
    _ head: borrowing RequestHead, versioned: Bool, _ loop: any EventLoop
  ) throws(Refusal) -> WriteCondition {
    if !head.fields.contains(.conditions) { return .always }
    let match = try tags(head, "If-Match")
    let noneMatch = try tags(head, "If-None-Match")
    // If-Match takes precedence over the date (RFC 9110 section 13.2.2).
    let date = match == nil ? date(head, "If-Unmodified-Since", loop.wallClock) : nil
    return try condition(match, noneMatch, unmodifiedSince: date, versioned: versioned)
  }

  /// nil: not asked for.
  static func condition(
    _ match: EntityTagList?, _ noneMatch: EntityTagList?, unmodifiedSince date: Int64? = nil, versioned: Bool
  ) throws(Refusal) -> WriteCondition {
    let conditions =
      [
        match.map(condition(match:)), date.map(WriteCondition.unmodifiedSince),
        noneMatch.map(condition(noneMatch:)),
      ]
      .compactMap { $0 }
    guard let first = conditions.first else { return .always }
    guard versioned else { throw Refusal(.conditionalPlainWrite) }
    return conditions.count == 1 ? first : .all(conditions)
  }

  private static func condition(match: EntityTagList) -> WriteCondition {
    switch match {
    case .any: .present
    // Weak tags never match here (RFC 9110 section 13.1.1).
    case .tags(let tags): .matches(tags.compactMap { $0.isWeak ? nil : $0.tag })
    }
  }

  private static func condition(noneMatch: EntityTagList) -> WriteCondition {
    switch noneMatch {
    case .any: .absent
    case .tags(let tags): .matchesNone(tags.compactMap(\.tag))
    }
  }

  /// nil when there is no such field.
  static func tags(_ head: borrowing RequestHead, _ name: StaticString) throws(Refusal) -> EntityTagList? {
    guard let field = head.joinedHeader(name) else { return nil }
    return try EntityTagList(field, of: name)
  }

  /// Seconds since 1970; nil when there is no such field, or none that is one date: then it is to be ignored
  /// (RFC 9110 sections 13.1.3 and 13.1.4).
  static func date(_ head: borrowing RequestHead, _ name: StaticString, _ now: WallTime) -> Int64? {
    head.joinedHeader(name).flatMap { HTTPDate.seconds($0, now: now) }
  }
}

extension WriteCondition {
  /// What is written on this condition is the first value there.
  var holdsOnlyWhereNothingIs: Bool {
    switch self {
    case .absent: true
    case .all(let conditions): conditions.contains(where: \.holdsOnlyWhereNothingIs)
    case .always, .present, .matches, .matchesNone, .unmodifiedSince: false
    }
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

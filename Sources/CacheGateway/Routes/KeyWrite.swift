import GatewayCore

/// A change of one key, read and checked, without the value's bytes: of a request by itself, or of a batch.
enum KeyWrite {
  case put(Key, NewValue, WriteTerms)
  /// Renews the lifetime of the value that is there.
  case touch(Key, Lifetime, WriteTerms)
  case delete(Key, WriteTerms)

  var key: Key {
    switch self {
    case .put(let key, _, _), .touch(let key, _, _), .delete(let key, _): key
    }
  }

  /// The client asked for a value where none was.
  var creates: Bool {
    if case .put(_, _, let terms) = self { return terms.condition.holdsOnlyWhereNothingIs }
    return false
  }

  /// Carries it out without a task, where that can be. False where it cannot, and nothing was done.
  func perform(_ body: Bytes, for receiver: any WriteReceiver, on coordinator: isolated Coordinator) -> Bool {
    switch self {
    case .put(let key, let value, let terms):
      guard case .always = terms.condition else { return false }
      return coordinator.put(key, value.with(body), quorum: terms.quorum, for: receiver)
    case .delete(let key, let terms):
      guard case .always = terms.condition else { return false }
      coordinator.delete(key, quorum: terms.quorum, for: receiver)
      return true
    case .touch: return false
    }
  }

  /// `body`: the value of a PUT.
  func perform(_ body: Bytes, on coordinator: isolated Coordinator) async -> WriteOutcome {
    switch self {
    case .put(let key, let value, let terms):
      return await coordinator.put(key, value.with(body), if: terms.condition, quorum: terms.quorum)
    case .touch(let key, let lifetime, let terms):
      return await coordinator.touch(key, lifetime: lifetime, if: terms.condition, quorum: terms.quorum)
    case .delete(let key, let terms):
      return await coordinator.delete(key, if: terms.condition, quorum: terms.quorum)
    }
  }

  /// The same for a value that is carried on while it comes in; nil when it broke off, or when this is no PUT.
  func perform(streaming body: any BodySource, on coordinator: isolated Coordinator) async -> WriteOutcome? {
    guard case .put(let key, let value, let terms) = self else { return nil }
    return await coordinator.putLarge(key, value, from: body, if: terms.condition, quorum: terms.quorum)
  }
}

/// On what terms a write takes place.
struct WriteTerms {
  let condition: WriteCondition
  /// nil: as configured.
  let quorum: Int?
}

/// A content type or encoding: stored with the value, and handed back as it is.
enum StoredLabel {
  static func check(_ label: Bytes, of name: StaticString) throws(Refusal) -> Bytes {
    guard label.count <= Record.longestLabel else {
      throw Refusal(
        .invalidHeader("\(name) has \(label.count) bytes: at most \(Record.longestLabel) are stored"))
    }
    guard label.buffer.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 9 }) else {
      throw Refusal(.invalidHeader("\(name) holds a control character"))
    }
    return label
  }
}

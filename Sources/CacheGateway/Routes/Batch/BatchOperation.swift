import GatewayCore

/// One operation of a batch, read and checked. Short where it is a get: there may be a thousand.
enum BatchOperation {
  case get(Key)
  /// `limit`: the longest value the key can have, in bytes.
  indirect case write(KeyWrite, body: Bytes, limit: Int)
  /// Is not carried out.
  indirect case refused(Problem)

  /// nil when it is refused.
  var keyHash: UInt64? {
    switch self {
    case .get(let key): key.hash
    case .write(let write, _, _): write.key.hash
    case .refused: nil
    }
  }

  /// nil when it is refused.
  var key: Key? {
    switch self {
    case .get(let key): key
    case .write(let write, _, _): write.key
    case .refused: nil
    }
  }
}

/// What a batch's operations can be, and the members of each.
enum BatchOperationKind: CaseIterable {
  case get
  case put
  case touch
  case delete

  init?(_ name: Bytes) {
    guard let kind = Self.allCases.first(where: { name.equals($0.name) }) else { return nil }
    self = kind
  }

  var name: StaticString {
    switch self {
    case .get: "get"
    case .put: "put"
    case .touch: "touch"
    case .delete: "delete"
    }
  }

  private static let keyMembers: [StaticString] = ["op", "key", "keyBase64"]
  private static let conditionMembers: [StaticString] = ["ifMatch", "ifNoneMatch"]
  private static let valueMembers: [StaticString] = [
    "value", "valueBase64", "contentType", "contentEncoding",
  ]

  private static let putMembers = keyMembers + valueMembers + ["ttl"] + conditionMembers
  private static let touchMembers = keyMembers + ["ttl"] + conditionMembers
  private static let deleteMembers = keyMembers + conditionMembers

  var members: [StaticString] {
    switch self {
    case .get: Self.keyMembers
    case .put: Self.putMembers
    case .touch: Self.touchMembers
    case .delete: Self.deleteMembers
    }
  }
}

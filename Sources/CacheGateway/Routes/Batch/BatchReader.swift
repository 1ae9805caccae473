import GatewayCore

/// Reads a batch's body: the operations, each by itself, so that a bad one does not spoil the others.
struct BatchReader: Sendable {
  static let mostOperations = 1000
  /// Bytes of an operation, as most are longer.
  private static let shortestUsual = 32

  /// Of values that name no lifetime.
  let standardLifetime: Lifetime
  let storesVersions: Bool
  /// The longest value, in bytes, by its key and the lengths of its content type and encoding.
  let longestValue: @Sendable (Key, _ contentType: Int, _ contentEncoding: Int) -> Int

  /// `quorum`: of all writes; nil: as configured. Throws when the whole is no batch.
  func operations(_ body: Bytes, quorum: Int?) throws(Refusal) -> [BatchOperation] {
    var operations: [BatchOperation] = []
    operations.reserveCapacity(min(body.count / Self.shortestUsual, Self.mostOperations))
    var count = 0
    let isBatch = try readList(body) { members in
      count += 1
      if count <= Self.mostOperations { operations.append(operation(members, quorum)) }
    }
    guard isBatch else {
      throw Refusal(.invalidBatch("the body is no object whose one member 'operations' is a list"))
    }
    guard count > 0 else { throw Refusal(.invalidBatch("'operations' is empty")) }
    guard count <= Self.mostOperations else {
      throw Refusal(
        .batchTooLarge("there are \(count) operations: at most \(Self.mostOperations) are taken"))
    }
    return operations
  }

  private func readList(_ body: Bytes, _ element: ([JSONValue.Member]?) -> Void) throws(Refusal) -> Bool {
    do throws(JSONError) {
      return try JSONReader.readList(body, named: "operations", element: element)
    } catch {
      throw Refusal(
        error.isTooMuch ? .batchTooLarge("\(error)") : .invalidBatch("the body is no JSON: \(error)"))
    }
  }

  // MARK: One operation

  /// `members`: nil where it is no object.
  private func operation(_ members: [JSONValue.Member]?, _ quorum: Int?) -> BatchOperation {
    guard let members else { return .refused(.invalidOperation("it is no object")) }
    do throws(Refusal) {
      if let name = Self.keyOfGet(members) { return .get(try key(name)) }
      return try operation(OperationFields(members), quorum)
    } catch {
      return .refused(error.problem.ofOperation)
    }
  }

  /// Of a get as most are written; nil where more is to be looked at.
  private static func keyOfGet(_ members: [JSONValue.Member]) -> Bytes? {
    guard members.count == 2, members[0].name.equals("op"), case .string(let kind) = members[0].value,
      kind.equals("get"), members[1].name.equals("key"), case .string(let name) = members[1].value
    else { return nil }
    return name
  }

  private func operation(_ fields: OperationFields, _ quorum: Int?) throws(Refusal) -> BatchOperation {
    let kind = try fields.kind()
    let key = try key(try fields.bytes("key", orBase64: "keyBase64"))
    switch kind {
    case .get: return .get(key)
    case .put: return try put(key, fields, quorum)
    case .touch:
      return .write(
        .touch(key, try lifetime(fields), try terms(fields, quorum)), body: .empty, limit: 0)
    case .delete: return .write(.delete(key, try terms(fields, quorum)), body: .empty, limit: 0)
    }
  }

  private func put(_ key: Key, _ fields: OperationFields, _ quorum: Int?) throws(Refusal) -> BatchOperation {
    let value = try fields.bytes("value", orBase64: "valueBase64")
    let contentType = try StoredLabel.check(try fields.text("contentType") ?? .empty, of: "contentType")
    let encoding = try StoredLabel.check(
      try fields.text("contentEncoding") ?? .empty, of: "contentEncoding")
    let described = NewValue(
      contentType: contentType, contentEncoding: encoding, body: .empty, lifetime: try lifetime(fields))
    let write = KeyWrite.put(key, described, try terms(fields, quorum))
    let limit = longestValue(key, contentType.count, encoding.count)
    guard value.count <= limit else { throw Refusal(.tooLarge(limit: limit)) }
    return .write(write, body: value, limit: limit)
  }

  private func key(_ name: Bytes) throws(Refusal) -> Key {
    // Not copied before it is known to be short.
    guard name.count <= Key.longest else { throw Refusal(.invalidKey("\(KeyError.tooLong(name.count))")) }
    do {
      return try Key(name.array)
    } catch {
      throw Refusal(.invalidKey("\(error)"))
    }
  }

  private func lifetime(_ fields: OperationFields) throws(Refusal) -> Lifetime {
    guard let text = try fields.lifetime() else { return standardLifetime }
    do {
      return try ValueSyntax.lifetime(text, allowsNone: false)
    } catch {
      throw Refusal(.invalidOperation("ttl: \(error)"))
    }
  }

  private func terms(_ fields: OperationFields, _ quorum: Int?) throws(Refusal) -> WriteTerms {
    let condition = try RequestConditions.condition(
      try tags(fields, "ifMatch"), try tags(fields, "ifNoneMatch"), versioned: storesVersions)
    return WriteTerms(condition: condition, quorum: quorum)
  }

  private func tags(_ fields: OperationFields, _ name: StaticString) throws(Refusal) -> EntityTagList? {
    guard let text = try fields.text(name) else { return nil }
    return try EntityTagList(text.array, of: name)
  }
}

import GatewayCore

/// Reads a batch's body: the operations, each by itself, so that a bad one does not spoil the others.
struct BatchReader: Sendable {
  static let mostOperations = 1000

  /// Of values that name no lifetime.
  let standardLifetime: Lifetime
  let storesVersions: Bool
  /// The longest value, in bytes, by its key and the lengths of its content type and encoding.
  let longestValue: @Sendable (Key, _ contentType: Int, _ contentEncoding: Int) -> Int

  /// `quorum`: of all writes; nil: as configured. Throws when the whole is no batch.
  func operations(_ body: Bytes, quorum: Int?) throws(Refusal) -> [BatchOperation] {
    let batch = try document(body)
    guard case .object(let members) = batch, members.count == 1,
      case .array(let operations)? = batch["operations"]
    else { throw Refusal(.invalidBatch("the body is no object whose one member 'operations' is a list")) }
    guard !operations.isEmpty else { throw Refusal(.invalidBatch("'operations' is empty")) }
    guard operations.count <= Self.mostOperations else {
      throw Refusal(
        .batchTooLarge("there are \(operations.count) operations: at most \(Self.mostOperations) are taken"))
    }
    return operations.map { operation(OperationFields($0), quorum) }
  }

  private func document(_ body: Bytes) throws(Refusal) -> JSONValue {
    do throws(JSONError) {
      return try JSONReader.read(body)
    } catch {
      throw Refusal(
        error.isTooMuch ? .batchTooLarge("\(error)") : .invalidBatch("the body is no JSON: \(error)"))
    }
  }

  // MARK: One operation

  private func operation(_ fields: OperationFields?, _ quorum: Int?) -> BatchOperation {
    guard let fields else { return .refused(.invalidOperation("it is no object")) }
    do throws(Refusal) {
      return try operation(fields, quorum)
    } catch {
      return .refused(error.problem.ofOperation)
    }
  }

  private func operation(_ fields: OperationFields, _ quorum: Int?) throws(Refusal) -> BatchOperation {
    let kind = try fields.kind()
    let key = try key(fields)
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

  private func key(_ fields: OperationFields) throws(Refusal) -> Key {
    let name = try fields.bytes("key", orBase64: "keyBase64")
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

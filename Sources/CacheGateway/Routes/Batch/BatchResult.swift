import GatewayCore

/// What one operation of a batch came to.
enum BatchResult {
  case found(Hit, Key)
  /// `version`: nil where there is none to tell.
  case written(status: UInt32, version: Version?, standing: Int, wanted: Int)
  case failed(Problem)

  init(_ outcome: GetOutcome, _ key: Key, _ answers: KeyAnswers) {
    do throws(Refusal) {
      self = .found(try answers.hit(outcome), key)
    } catch {
      self = .failed(error.problem)
    }
  }

  init(_ outcome: WriteOutcome, of write: KeyWrite, limit: Int, _ answers: KeyAnswers) {
    if let failure = outcome.failure {
      self = .failed(KeyAnswers.problem(of: failure, limit))
      return
    }
    var isDelete = false
    if case .delete = write { isDelete = true }
    self = .written(
      status: write.creates ? 201 : 204,
      version: isDelete || !answers.storesVersions ? nil : outcome.version, standing: outcome.standing,
      wanted: outcome.wanted)
  }
}

extension BatchResult {
  /// Appends it as an object. `index`: its operation's, from 0, where the order does not tell it.
  func append(index: Int? = nil, to json: inout JSONWriter) {
    json.beginObject()
    if let index {
      json.name("index")
      json.number(index)
    }
    json.name("status")
    json.number(status)
    switch self {
    case .found(let hit, let key): Self.append(hit, key, &json)
    case .written(_, let version, let standing, let wanted): Self.append(version, standing, wanted, &json)
    case .failed(let problem): Self.append(problem, &json)
    }
    json.endObject()
  }

  private var status: UInt32 {
    switch self {
    case .found: 200
    case .written(let status, _, _, _): status
    case .failed(let problem): problem.status
    }
  }

  private static func append(_ hit: Hit, _ key: Key, _ json: inout JSONWriter) {
    let record = hit.record
    json.name("etag")
    append(&json) { KeyAnswers.appendEntityTag(record, key, &$0) }
    json.name("maxAge")
    json.number(hit.lifetime.seconds ?? KeyAnswers.longestMaxAge)
    json.name("contentType")
    if record.contentType.isEmpty {
      json.string("application/octet-stream")
    } else {
      append(label: record.contentType, &json)
    }
    if !record.contentEncoding.isEmpty {
      json.name("contentEncoding")
      append(label: record.contentEncoding, &json)
    }
    append(record.body, &json)
  }

  /// As text where it is text: UTF-8 without control characters but those that JSON has short escapes for. So it
  /// is at most twice as long as it was.
  private static func append(_ value: Bytes, _ json: inout JSONWriter) {
    if isText(value) {
      json.name("value")
      json.string(value.buffer)
    } else {
      json.name("valueBase64")
      json.base64(value.buffer)
    }
  }

  private static func isText(_ value: Bytes) -> Bool {
    value.isUTF8 && value.buffer.allSatisfy { $0 >= 0x20 || (8...13).contains($0) && $0 != 11 }
  }

  private static func append(
    _ version: Version?, _ standing: Int, _ wanted: Int, _ json: inout JSONWriter
  ) {
    if let version {
      json.name("etag")
      append(&json) { KeyAnswers.append(version, &$0) }
    }
    json.name("replicas")
    json.beginObject()
    json.name("standing")
    json.number(standing)
    json.name("wanted")
    json.number(wanted)
    json.endObject()
  }

  private static func append(_ problem: Problem, _ json: inout JSONWriter) {
    if let seconds = problem.retryAfter {
      json.name("retryAfter")
      json.number(seconds)
    }
    json.name("problem")
    json.raw(problem.json)
  }

  private static func append(_ json: inout JSONWriter, _ write: (inout HeaderText) -> Void) {
    var text = HeaderText()
    write(&text)
    json.string(text.bytes)
    withExtendedLifetime(text) {}
  }

  /// Labels are bytes to HTTP, and may be no UTF-8.
  private static func append(label: Bytes, _ json: inout JSONWriter) {
    if label.isUTF8 {
      json.string(label.buffer)
    } else {
      json.string(String(decoding: label.buffer, as: UTF8.self))
    }
  }
}

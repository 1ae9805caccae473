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
    Self.begin(index, status, &json)
    switch self {
    case .found(let hit, let key): Self.append(hit, key, &json)
    case .written(_, let version, let standing, let wanted): Self.append(version, standing, wanted, &json)
    case .failed(let problem): Self.append(problem, &json)
    }
    json.endObject()
  }

  /// Bytes of the value in it.
  var valueCount: Int {
    if case .found(let hit, _) = self { hit.record.body.count } else { 0 }
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
    if record.version == .plain {
      json.name("etag")
      var text = HeaderText()
      KeyAnswers.appendEntityTag(record, key, &text)
      json.string(text.bytes)
      withExtendedLifetime(text) {}
    } else {
      append(tag: record.version, &json)
    }
    append(hit.lifetime, record.contentType.buffer, record.contentEncoding.buffer, record.body.buffer, &json)
    withExtendedLifetime(record) {}
  }

  /// What most results are, in as few steps as can be.
  static func append(_ value: ReadValue, index: Int? = nil, to json: inout JSONWriter) {
    begin(index, 200, &json)
    append(tag: value.version, &json)
    append(value.lifetime, value.contentType, value.contentEncoding, value.body, &json)
    json.endObject()
    withExtendedLifetime(value) {}
  }

  private static func begin(_ index: Int?, _ status: UInt32, _ json: inout JSONWriter) {
    json.beginObject()
    if let index {
      json.name("index")
      json.number(index)
      json.literal(",")
    }
    json.literal(atMost: 24) {
      $0.append("\"status\":")
      $0.append(decimal: UInt64(status))
    }
  }

  /// As `KeyAnswers.append`, with the quotes escaped.
  private static func append(tag version: Version, _ json: inout JSONWriter) {
    json.literal(atMost: 40) {
      $0.append(",\"etag\":\"\\\"")
      $0.append(hexadecimal: version.time, digits: 16)
      $0.append("-")
      $0.append(hexadecimal: UInt64(version.writer), digits: 8)
      $0.append("\\\"\"")
    }
  }

  private static func append(
    _ lifetime: Lifetime, _ contentType: UnsafeRawBufferPointer, _ contentEncoding: UnsafeRawBufferPointer,
    _ body: UnsafeRawBufferPointer, _ json: inout JSONWriter
  ) {
    json.literal(atMost: 50) {
      $0.append(",\"maxAge\":")
      $0.append(decimal: UInt64(lifetime.seconds ?? KeyAnswers.longestMaxAge))
      $0.append(",\"contentType\":")
    }
    if contentType.isEmpty {
      json.literal("\"application/octet-stream\"")
    } else {
      append(label: contentType, &json)
    }
    if !contentEncoding.isEmpty {
      json.literal(",\"contentEncoding\":")
      append(label: contentEncoding, &json)
    }
    append(body, &json)
  }

  /// As text where it is text: UTF-8 without control characters but those that JSON has short escapes for. So it
  /// is at most twice as long as it was.
  private static func append(_ value: UnsafeRawBufferPointer, _ json: inout JSONWriter) {
    if PlainText.isPlainASCII(value) {
      json.literal(atMost: value.count + 11) {
        $0.append(",\"value\":\"")
        $0.append(value)
        $0.append("\"")
      }
    } else if isText(value) {
      json.name("value")
      json.string(value)
    } else {
      json.name("valueBase64")
      json.base64(value)
    }
  }

  private static func isText(_ value: UnsafeRawBufferPointer) -> Bool {
    value.isUTF8 && value.allSatisfy { $0 >= 0x20 || (8...13).contains($0) && $0 != 11 }
  }

  private static func append(
    _ version: Version?, _ standing: Int, _ wanted: Int, _ json: inout JSONWriter
  ) {
    if let version { append(tag: version, &json) }
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

  /// Labels are bytes to HTTP, and may be no UTF-8.
  private static func append(label: UnsafeRawBufferPointer, _ json: inout JSONWriter) {
    if label.isUTF8 {
      json.string(label)
    } else {
      json.string(String(decoding: label, as: UTF8.self))
    }
  }
}

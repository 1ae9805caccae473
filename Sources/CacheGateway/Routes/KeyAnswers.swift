import GatewayCore

/// What the chain's outcomes look like in HTTP.
struct KeyAnswers: Sendable {
  /// For a value without a limit: a year, the most that HTTP caches customarily take.
  static let longestMaxAge: UInt32 = 31_536_000

  private let missWhenUnreachable: Bool
  let storesVersions: Bool
  /// The answer to almost every miss, made once: it is never changed, and every request gets a copy of its own.
  nonisolated(unsafe) private let plainMiss = Self.makeMiss([])

  init(_ configuration: Configuration) {
    storesVersions = configuration.chain.valueFormat == .record
    missWhenUnreachable = configuration.whenUnreachable == .miss
  }

  /// `terms`: nil for a value in any case and whole. Not for a value in chunks.
  func get(_ outcome: GetOutcome, _ key: Key, _ terms: ReadTerms?, now: WallTime) -> Response {
    switch outcome {
    case .hit(let hit): found(hit, .here(hit.record.body), key, terms, now)
    case .lapsed: miss([])
    case .miss(let silent): miss(silent)
    case .unreachable(let silent) where missWhenUnreachable: miss(silent)
    case .unreachable(let silent): unreachable(silent)
    }
  }

  func found(
    _ hit: Hit, _ bytes: ValueBytes, _ key: Key, _ terms: ReadTerms?, _ now: WallTime
  ) -> Response {
    terms.map { selected(hit, bytes, key, $0, now) } ?? whole(hit, bytes, key, now)
  }

  func whole(_ hit: Hit, _ bytes: ValueBytes, _ key: Key, _ now: WallTime) -> Response {
    var response = Response(200, bytes.whole)
    label(hit.record, &response)
    describe(hit, key, now, &response)
    return response
  }

  /// What the value's bytes are.
  func label(_ record: Record, _ response: inout Response) {
    response.add("Content-Type") { Self.appendType(record, &$0) }
    if !record.contentEncoding.isEmpty {
      response.add("Content-Encoding") { $0.append(outside: record.contentEncoding) }
    }
  }

  static func appendType(_ record: Record, _ text: inout HeaderText) {
    if record.contentType.isEmpty {
      text.append("application/octet-stream")
    } else {
      text.append(outside: record.contentType)
    }
  }

  /// Which version it is, how old, how long it lives, and where it was found.
  func describe(_ hit: Hit, _ key: Key, _ now: WallTime, _ response: inout Response) {
    let record = hit.record
    response.add("ETag") { Self.appendEntityTag(record, key, &$0) }
    if record.version != .plain {
      // By the writer's clock, which may be ahead of ours (RFC 9110 section 8.8.2.1).
      let written = min(UInt64(record.writtenAt), now.seconds)
      response.add("Last-Modified") { HTTPDate.append(secondsSince1970: written, to: &$0) }
      response.add("Age") { $0.append(decimal: now.seconds - written) }
    }
    response.add("Cache-Control") {
      $0.append("max-age=")
      $0.append(decimal: UInt64(hit.lifetime.seconds ?? Self.longestMaxAge))
      $0.append(hit.staleness?.windows ?? record.windows)
    }
    response.add("Accept-Ranges") { $0.append("bytes") }
    response.add("Cache-Status") { Self.appendStatus(hit, &$0) }
  }

  /// The version; for another client's item, which has none, a hash of its bytes.
  static func appendEntityTag(_ record: Record, _ key: Key, _ text: inout HeaderText) {
    if record.version == .plain {
      text.append("\"plain-")
      text.append(hexadecimal: XXHash64.hash(record.body.buffer, seed: key.hash), digits: 16)
      text.append(byte: UInt8(ascii: "\""))
    } else {
      append(record.version, &text)
    }
  }

  static func append(_ version: Version, _ text: inout HeaderText) {
    text.append(count: 27) { text in
      text.append(byte: UInt8(ascii: "\""))
      text.append(hexadecimal: version.time, digits: 16)
      text.append(byte: UInt8(ascii: "-"))
      text.append(hexadecimal: UInt64(version.writer), digits: 8)
      text.append(byte: UInt8(ascii: "\""))
    }
  }

  static func appendStatus(_ hit: Hit, _ text: inout HeaderText) {
    if let staleness = hit.staleness {
      text.append("cache-gateway; fwd=stale; ttl=-")
      text.append(decimal: UInt64(staleness.seconds))
    } else {
      text.append("cache-gateway; hit")
      if let seconds = hit.lifetime.seconds {
        text.append("; ttl=")
        text.append(decimal: UInt64(seconds))
      }
    }
    text.append("; detail=\"link=")
    text.append(decimal: UInt64(hit.link))
    text.append(" node=")
    text.append(outside: hit.node)
    text.append(byte: UInt8(ascii: "\""))
  }

  /// What a read found; throws what is wrong where it is no hit.
  func hit(_ outcome: GetOutcome) throws(Refusal) -> Hit {
    switch outcome {
    case .hit(let hit): return hit
    case .miss, .lapsed: throw Refusal(.missing)
    case .unreachable: throw Refusal(missWhenUnreachable ? .missing : .silence)
    }
  }

  private func miss(_ silent: [String]) -> Response {
    silent.isEmpty ? plainMiss : Self.makeMiss(silent)
  }

  private static func makeMiss(_ silent: [String]) -> Response {
    Problem.missing.response.adding("Cache-Status", missStatus(silent))
  }

  private func unreachable(_ silent: [String]) -> Response {
    Problem.silence.response
      .adding("Cache-Status", Self.missStatus(silent))
  }

  private static func missStatus(_ silent: [String]) -> String {
    let detail = silent.isEmpty ? "" : "; detail=\"no answer from \(silent.joined(separator: " "))\""
    return "cache-gateway; fwd=miss\(detail)"
  }

  /// `limit`: the longest value the key can have, in bytes.
  func write(_ write: KeyWrite, _ outcome: WriteOutcome, limit: Int) -> Response {
    switch write {
    case .put, .touch: put(outcome, limit: limit, creates: write.creates)
    case .delete: delete(outcome)
    }
  }

  /// `creates`: the client asked for a value where none was (RFC 9110 section 9.3.4).
  func put(_ outcome: WriteOutcome, limit: Int, creates: Bool) -> Response {
    if let failure = outcome.failure { return Self.problem(of: failure, limit).response }
    var response = Response(creates ? 201 : 204)
    // A plain value carries no version: its tag is made of its bytes when it is read.
    if storesVersions { response.add("ETag") { Self.append(outcome.version, &$0) } }
    response.add("Cache-Gateway-Replicas") { Self.appendReplicas(outcome, &$0) }
    return response
  }

  private static func appendReplicas(_ outcome: WriteOutcome, _ text: inout HeaderText) {
    text.append(decimal: UInt64(outcome.standing))
    text.append(byte: UInt8(ascii: "/"))
    text.append(decimal: UInt64(outcome.wanted))
  }

  func delete(_ outcome: WriteOutcome) -> Response {
    if let failure = outcome.failure { return Self.problem(of: failure, 0).response }
    var response = Response(204)
    response.add("Cache-Gateway-Replicas") { Self.appendReplicas(outcome, &$0) }
    return response
  }

  static func problem(of failure: WriteOutcome.Failure, _ limit: Int) -> Problem {
    switch failure {
    case .belowQuorum(let standing, let quorum): .belowQuorum(standing: standing, quorum: quorum)
    case .refused: .conditionFailed
    case .contended: .contended
    case .outOfMemory: .outOfMemory
    case .tooLarge: .tooLarge(limit: limit)
    case .unreachable: .unreachable("none of the nodes took the write")
    case .absent: .missing
    case .unversioned: .plainTouch
    }
  }
}

extension Problem {
  fileprivate static let missing = notFound("no node has this key")

  fileprivate static let silence = unreachable("none of the nodes that may have this key answered")
}

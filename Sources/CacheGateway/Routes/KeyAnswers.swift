import GatewayCore

/// What the chain's outcomes look like in HTTP.
struct KeyAnswers: Sendable {
  /// For a value without a limit: a year, the most that HTTP caches customarily take.
  private static let longestMaxAge: UInt32 = 31_536_000

  private let missWhenUnreachable: Bool
  private let storesVersions: Bool

  init(_ configuration: Configuration) {
    storesVersions = configuration.chain.valueFormat == .record
    missWhenUnreachable = configuration.whenUnreachable == .miss
  }

  func get(_ outcome: GetOutcome, _ key: Key, now: WallTime) -> Response {
    switch outcome {
    case .hit(let hit): found(hit, key, now)
    case .lapsed: miss([])
    case .miss(let silent): miss(silent)
    case .unreachable(let silent) where missWhenUnreachable: miss(silent)
    case .unreachable(let silent): unreachable(silent)
    }
  }

  private func found(_ hit: Hit, _ key: Key, _ now: WallTime) -> Response {
    let record = hit.record
    var response = Response(200, body: record.body)
    response.add("Content-Type") {
      if record.contentType.isEmpty {
        $0.append("application/octet-stream")
      } else {
        $0.append(outside: record.contentType)
      }
    }
    if !record.contentEncoding.isEmpty {
      response.add("Content-Encoding") { $0.append(outside: record.contentEncoding) }
    }
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
    response.add("Cache-Status") { Self.appendStatus(hit, &$0) }
    return response
  }

  /// The version; for another client's item, which has none, a hash of its bytes.
  private static func appendEntityTag(_ record: Record, _ key: Key, _ text: inout HeaderText) {
    if record.version == .plain {
      text.append("\"plain-")
      text.append(hexadecimal: XXHash64.hash(record.body.buffer, seed: key.hash), digits: 16)
      text.append(byte: UInt8(ascii: "\""))
    } else {
      append(record.version, &text)
    }
  }

  private static func append(_ version: Version, _ text: inout HeaderText) {
    text.append(byte: UInt8(ascii: "\""))
    text.append(hexadecimal: version.time, digits: 16)
    text.append(byte: UInt8(ascii: "-"))
    text.append(hexadecimal: UInt64(version.writer), digits: 8)
    text.append(byte: UInt8(ascii: "\""))
  }

  private static func appendStatus(_ hit: Hit, _ text: inout HeaderText) {
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

  private func miss(_ silent: [String]) -> Response {
    Problem.notFound("no node has this key").response.adding("Cache-Status", missStatus(silent))
  }

  private func unreachable(_ silent: [String]) -> Response {
    Problem.unreachable("none of the nodes that may have this key answered").response
      .adding("Cache-Status", missStatus(silent))
  }

  private func missStatus(_ silent: [String]) -> String {
    let detail = silent.isEmpty ? "" : "; detail=\"no answer from \(silent.joined(separator: " "))\""
    return "cache-gateway; fwd=miss\(detail)"
  }

  /// `creates`: the client asked for a value where none was (RFC 9110 section 9.3.4).
  func put(_ outcome: WriteOutcome, limit: Int, creates: Bool) -> Response {
    if let failure = outcome.failure { return failed(failure, limit) }
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
    if let failure = outcome.failure { return failed(failure, 0) }
    var response = Response(204)
    response.add("Cache-Gateway-Replicas") { Self.appendReplicas(outcome, &$0) }
    return response
  }

  private func failed(_ failure: WriteOutcome.Failure, _ limit: Int) -> Response {
    switch failure {
    case .belowQuorum(let standing, let quorum):
      Problem.belowQuorum(standing: standing, quorum: quorum).response
    case .refused: Problem.conditionFailed.response
    case .contended: Problem.contended.response
    case .outOfMemory: Problem.outOfMemory.response
    case .tooLarge: Problem.tooLarge(limit: limit).response
    case .unreachable: Problem.unreachable("none of the nodes took the write").response
    }
  }
}

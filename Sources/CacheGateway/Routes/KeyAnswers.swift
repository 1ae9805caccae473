import GatewayCore

/// What the chain's outcomes look like in HTTP.
struct KeyAnswers {
  /// For a value without a limit: a year, the most that HTTP caches customarily take.
  private static let longestMaxAge: UInt32 = 31_536_000

  private let quorum: Int
  private let missWhenUnreachable: Bool

  init(_ configuration: Configuration) {
    quorum = configuration.chain.writeQuorum
    missWhenUnreachable = configuration.whenUnreachable == .miss
  }

  func get(_ outcome: GetOutcome, _ key: Key, now: WallTime) -> Response {
    switch outcome {
    case .hit(let hit): found(hit, key, now)
    case .miss(let silent): miss(silent)
    case .unreachable(let silent) where missWhenUnreachable: miss(silent)
    case .unreachable(let silent): unreachable(silent)
    }
  }

  private func found(_ hit: Hit, _ key: Key, _ now: WallTime) -> Response {
    let record = hit.record
    var response = Response(200, body: record.body)
    response.fields.reserveCapacity(7)
    response.add("Content-Type", label(record.contentType) ?? "application/octet-stream")
    if let encoding = label(record.contentEncoding) { response.add("Content-Encoding", encoding) }
    response.add("ETag", entityTag(record, key))
    if record.version != .plain {
      // By the writer's clock, which may be ahead of ours (RFC 9110 section 8.8.2.1).
      let written = min(UInt64(record.writtenAt), now.seconds)
      response.add("Last-Modified", HTTPDate.format(secondsSince1970: written))
      response.add("Age", String(now.seconds - written))
    }
    response.add("Cache-Control", "max-age=\(hit.lifetime.seconds ?? Self.longestMaxAge)")
    response.add("Cache-Status", hitStatus(hit))
    return response
  }

  private func label(_ bytes: [UInt8]) -> String? {
    bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
  }

  /// The version; for another client's item, which has none, a hash of its bytes.
  private func entityTag(_ record: Record, _ key: Key) -> String {
    if record.version != .plain { return "\"\(record.version)\"" }
    return "\"plain-\(String(XXHash64.hash(record.body.buffer, seed: key.hash), radix: 16))\""
  }

  private func hitStatus(_ hit: Hit) -> String {
    let ttl = hit.lifetime.seconds.map { "; ttl=\($0)" } ?? ""
    return "cache-gateway; hit\(ttl); detail=\"link=\(hit.link) node=\(hit.node)\""
  }

  private func miss(_ silent: [String]) -> Response {
    var problem = Problem.notFound("no node has this key")
    problem.fields.append(Response.Field(name: "Cache-Status", value: missStatus(silent)))
    return problem.response
  }

  private func unreachable(_ silent: [String]) -> Response {
    var problem = Problem.unreachable("none of the nodes that may have this key answered")
    problem.fields.append(Response.Field(name: "Cache-Status", value: missStatus(silent)))
    return problem.response
  }

  private func missStatus(_ silent: [String]) -> String {
    let detail = silent.isEmpty ? "" : "; detail=\"no answer from \(silent.joined(separator: " "))\""
    return "cache-gateway; fwd=miss\(detail)"
  }

  func put(_ outcome: WriteOutcome, limit: Int) -> Response {
    if let failure = outcome.failure { return failed(failure, outcome, limit) }
    var response = Response(204)
    response.add("ETag", "\"\(outcome.version)\"")
    response.add("Cache-Gateway-Replicas", "\(outcome.standing)/\(outcome.wanted)")
    return response
  }

  func delete(_ outcome: WriteOutcome) -> Response {
    if let failure = outcome.failure { return failed(failure, outcome, 0) }
    var response = Response(204)
    response.add("Cache-Gateway-Replicas", "\(outcome.standing)/\(outcome.wanted)")
    return response
  }

  private func failed(_ failure: WriteOutcome.Failure, _ outcome: WriteOutcome, _ limit: Int) -> Response {
    switch failure {
    case .belowQuorum: Problem.belowQuorum(standing: outcome.standing, quorum: quorum).response
    case .outOfMemory: Problem.outOfMemory.response
    case .tooLarge: Problem.tooLarge(limit: limit).response
    case .unreachable: Problem.unreachable("none of the nodes took the write").response
    }
  }
}

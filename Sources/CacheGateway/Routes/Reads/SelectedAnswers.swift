import GatewayCore

/// Answers to requests that ask for a value on terms, or for parts of it.
extension KeyAnswers {
  func selected(
    _ hit: Hit, _ bytes: ValueBytes, _ key: Key, _ terms: ReadTerms, _ now: WallTime
  ) -> Response {
    let value = Validators(of: hit.record, key, now: now)
    switch terms.selection(of: value, length: bytes.length, now: now) {
    case .whole: return whole(hit, bytes, key, now)
    case .notModified: return notModified(hit, bytes, key, now)
    case .conditionFailed: return withStatus(Problem.readConditionFailed.response, hit)
    case .unsatisfiable: return unsatisfiable(bytes.length, hit)
    case .parts(let ranges) where ranges.count == 1: return part(ranges[0], hit, bytes, key, now)
    case .parts(let ranges): return parts(ranges, terms.boundary, hit, bytes, key, now)
    }
  }

  /// Of its body only the length is sent, which is the value's (RFC 9110 section 8.6).
  private func notModified(_ hit: Hit, _ bytes: ValueBytes, _ key: Key, _ now: WallTime) -> Response {
    var response = Response(304, bytes.whole)
    describe(hit, key, now, &response)
    return response
  }

  private func unsatisfiable(_ length: Int, _ hit: Hit) -> Response {
    var response = Problem.rangeNotSatisfiable(length: length).response
    response.add("Content-Range") { ContentRange.append(unsatisfiedLength: length, to: &$0) }
    return withStatus(response, hit)
  }

  private func part(
    _ range: Range<Int>, _ hit: Hit, _ bytes: ValueBytes, _ key: Key, _ now: WallTime
  ) -> Response {
    var response = Response(206, bytes.body([.value(range)]))
    label(hit.record, &response)
    response.add("Content-Range") { ContentRange.append(range, length: bytes.length, to: &$0) }
    describe(hit, key, now, &response)
    return response
  }

  /// Content-Type and Content-Encoding stand with each part (RFC 9110 section 15.3.7.2).
  private func parts(
    _ ranges: [Range<Int>], _ boundary: MultipartByteRanges.Boundary, _ hit: Hit, _ bytes: ValueBytes,
    _ key: Key, _ now: WallTime
  ) -> Response {
    let record = hit.record
    let body = MultipartByteRanges(ranges, length: bytes.length, boundary: boundary) { text in
      text.beginField("Content-Type")
      Self.appendType(record, &text)
      guard !record.contentEncoding.isEmpty else { return }
      text.beginField("Content-Encoding")
      text.append(outside: record.contentEncoding)
    }
    var response = Response(206, bytes.body(body.parts))
    response.add("Content-Type") { body.appendType(to: &$0) }
    describe(hit, key, now, &response)
    return response
  }

  private func withStatus(_ response: Response, _ hit: Hit) -> Response {
    var response = response
    response.add("Cache-Status") { Self.appendStatus(hit, &$0) }
    return response
  }
}

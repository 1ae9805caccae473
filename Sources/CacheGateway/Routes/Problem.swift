import GatewayCore

/// An error as the client sees it: a problem document (RFC 9457) with a type that never changes and a detail
/// in plain words.
struct Problem: Sendable {
  let status: UInt32
  /// The last part of the type `urn:cache-gateway:problem:…`.
  let name: StaticString
  let title: StaticString
  let detail: String
  /// Seconds after which it is worth trying again.
  var retryAfter: Int?
  var allow: String?

  /// The problem document, without a line break.
  var json: String {
    let kind = "\"type\":\"urn:cache-gateway:problem:\(name)\",\"title\":\"\(title)\""
    return "{\(kind),\"status\":\(status),\"detail\":\"\(JSONText.escape(detail))\"}"
  }

  var response: Response {
    var response = Response(status, body: Bytes((json + "\n").utf8))
    response.add("Content-Type", "application/problem+json")
    if let retryAfter { response.add("Retry-After", String(retryAfter)) }
    if let allow { response.add("Allow", allow) }
    return response
  }

  static func invalidKey(_ detail: String) -> Problem {
    Problem(status: 400, name: "invalid-key", title: "The key is not valid", detail: detail)
  }

  static func invalidParameter(_ detail: String) -> Problem {
    Problem(status: 400, name: "invalid-parameter", title: "A query parameter is not valid", detail: detail)
  }

  static func invalidHeader(_ detail: String) -> Problem {
    Problem(status: 400, name: "invalid-header", title: "A header field is not valid", detail: detail)
  }

  static func notFound(_ detail: String) -> Problem {
    Problem(status: 404, name: "not-found", title: "Not there", detail: detail)
  }

  static func methodNotAllowed(_ allowed: String) -> Problem {
    Problem(
      status: 405, name: "method-not-allowed", title: "This method is not known here",
      detail: "allowed here: \(allowed)", allow: allowed)
  }

  static func tooLarge(limit: Int) -> Problem {
    Problem(
      status: 413, name: "value-too-large", title: "The value is too large",
      detail: "the nodes and the configuration allow at most \(limit) bytes for this key")
  }

  static let unexpectedBody = Problem(
    status: 413, name: "unexpected-body", title: "A body is not expected here",
    detail: "this method takes no body")

  static let conditionFailed = Problem(
    status: 412, name: "condition-failed", title: "The condition does not hold",
    detail: "what is there is not what If-Match, If-None-Match or If-Unmodified-Since asks for: "
      + "nothing was changed")

  static let readConditionFailed = Problem(
    status: 412, name: "condition-failed", title: "The condition does not hold",
    detail: "what is there is not what If-Match or If-Unmodified-Since asks for")

  static func rangeNotSatisfiable(length: Int) -> Problem {
    Problem(
      status: 416, name: "range-not-satisfiable", title: "No such part",
      detail: "Range: the value has \(length) bytes, counted from 0")
  }

  static func expectationFailed(_ expectation: String) -> Problem {
    Problem(
      status: 417, name: "expectation-failed", title: "This expectation is not known",
      detail: "Expect: '\(expectation)' is not 100-continue")
  }

  static let conditionalPlainWrite = Problem(
    status: 501, name: "condition-unsupported", title: "This condition is not supported",
    detail: "plain values (value-format: raw) have no versions to hold a condition against: "
      + "nothing was changed")

  static let plainTouch = Problem(
    status: 501, name: "touch-unsupported", title: "This value cannot be renewed",
    detail: "plain values, of other memcached clients or with value-format: raw, have no version to renew: "
      + "nothing was changed")

  static let touchWithBody = Problem(
    status: 400, name: "invalid-header", title: "A header field is not valid",
    detail: "Cache-Gateway-Touch: a request that renews a value's lifetime has no body")

  static let partialWrite = Problem(
    status: 400, name: "invalid-header", title: "A header field is not valid",
    detail: "Content-Range on PUT: values are written whole (RFC 9110 section 14.5)")

  /// Nodes are asked again, and uploads end, within a second or so.
  private static let soon = 1

  static func unreachable(_ detail: String) -> Problem {
    Problem(
      status: 503, name: "nodes-unreachable", title: "No node answered", detail: detail, retryAfter: soon)
  }

  static func belowQuorum(standing: Int, quorum: Int) -> Problem {
    Problem(
      status: 503, name: "below-write-quorum", title: "Too few copies stand",
      detail: "\(standing) of the \(quorum) acknowledgements that a write needs: it may or may not be seen",
      retryAfter: soon)
  }

  static let contended = Problem(
    status: 503, name: "key-contended", title: "Other conditional writes came first",
    detail: "conditional writes of this key through other connections took all the time there was: "
      + "nothing was changed", retryAfter: soon)

  static let outOfMemory = Problem(
    status: 507, name: "nodes-out-of-memory", title: "The nodes have no memory left",
    detail: "the nodes could not make room for a value of this size")

  static let outOfUploadMemory = Problem(
    status: 503, name: "too-many-uploads", title: "Too many uploads at once",
    detail: "the gateway's memory for request bodies is taken by other uploads", retryAfter: soon)
}

/// Text within JSON strings (RFC 8259 section 7).
enum JSONText {
  static func escape(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": escaped += "\\\""
      case "\\": escaped += "\\\\"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}

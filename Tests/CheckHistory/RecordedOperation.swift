import GatewayCore
import HistoryChecker

/// A line of a history:
///
///     {"client": 3, "gateway": 0, "key": 17, "kind": "replace", "value": 812,
///      "expected": "18ea6800b34669fd-8bc86828", "start": 51200, "end": 53100, "outcome": "done",
///      "version": "18ea6800b3467000-8bc86828", "phase": "fault"}
///
/// `start` and `end` are nanoseconds of one monotonic clock. A read that found something has `found`, the
/// number of the value, or null where the body was no whole value of the key.
struct RecordedOperation: Codable, Equatable {
  enum Kind: String, Codable {
    case get, put, replace, delete
    case putIfAbsent = "put-if-absent"
  }

  enum Outcome: String, Codable {
    case found, missing, done, refused, unknown
  }

  var client: Int
  var gateway: Int
  var key: Int
  var kind: Kind
  var value: Int?
  var expected: VersionText?
  var start: Int64
  var end: Int64
  var outcome: Outcome
  var found: Int?
  var version: VersionText?
  var phase: String?
}

extension RecordedOperation {
  /// What was recorded does not fit together.
  struct Incomplete: Error, CustomStringConvertible {
    let description: String
  }

  func operation() throws(Incomplete) -> Operation {
    Operation(
      client: client, gateway: gateway, key: key, kind: try checkedKind(), start: Instant(nanoseconds: start),
      end: Instant(nanoseconds: end), outcome: checkedOutcome, version: version?.version)
  }

  private func checkedKind() throws(Incomplete) -> Operation.Kind {
    switch (kind, value, expected) {
    case (.get, _, _): return .get
    case (.delete, _, _): return .delete
    case (.put, let value?, _): return .put(value)
    case (.putIfAbsent, let value?, _): return .putIfAbsent(value)
    case (.replace, let value?, let expected?): return .replace(value, expected: expected.version)
    default: throw Incomplete(description: "\(kind.rawValue) lacks its value or the version it expects")
    }
  }

  private var checkedOutcome: Operation.Outcome {
    switch outcome {
    case .found: .found(found)
    case .missing: .missing
    case .done: .done
    case .refused: .refused
    case .unknown: .unknown
    }
  }
}

/// A version as the ETag tells it, without quotes: 16 and 8 hexadecimal digits.
struct VersionText: Codable, Equatable {
  let version: Version

  init(_ version: Version) {
    self.version = version
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let parts = try container.decode(String.self).split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].utf8.count == 16, parts[1].utf8.count == 8,
      let time = UInt64(parts[0], radix: 16), let writer = UInt32(parts[1], radix: 16)
    else { throw DecodingError.dataCorruptedError(in: container, debugDescription: "no version") }
    version = Version(time: time, writer: writer)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(version.description)
  }
}

extension RecordedOperation {
  init(_ operation: Operation) {
    self.init(
      client: operation.client, gateway: operation.gateway, key: operation.key, kind: .get,
      start: operation.start.nanoseconds, end: operation.end.nanoseconds, outcome: .unknown,
      version: operation.version.map(VersionText.init))
    record(operation.kind)
    record(operation.outcome)
  }

  private mutating func record(_ operation: Operation.Kind) {
    switch operation {
    case .get: kind = .get
    case .put(let number): (kind, value) = (.put, number)
    case .putIfAbsent(let number): (kind, value) = (.putIfAbsent, number)
    case .replace(let number, let version):
      (kind, value, expected) = (.replace, number, VersionText(version))
    case .delete: kind = .delete
    }
  }

  private mutating func record(_ result: Operation.Outcome) {
    switch result {
    case .found(let number): (outcome, found) = (.found, number)
    case .missing: outcome = .missing
    case .done: outcome = .done
    case .refused: outcome = .refused
    case .unknown: outcome = .unknown
    }
  }
}

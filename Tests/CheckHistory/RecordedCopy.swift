import GatewayCore
import HistoryChecker

/// A line of a snapshot:
///
///     {"round": 0, "node": "a", "key": 17, "at": 90100, "kind": "value", "value": 812,
///      "version": "18ea6800b3467000-8bc86828"}
///
/// `at` is of the same clock as the history; `value` is null where the content is no whole value of the key.
struct RecordedCopy: Codable, Equatable {
  enum Kind: String, Codable {
    case value, tombstone
  }

  var round: Int
  var node: String
  var key: Int
  var at: Int64
  var kind: Kind
  var value: Int?
  var version: VersionText?

  var copy: Copy {
    Copy(
      round: round, node: node, key: key, at: Instant(nanoseconds: at),
      content: kind == .tombstone ? .tombstone : .value(value), version: version?.version)
  }

  init(_ copy: Copy) {
    round = copy.round
    node = copy.node
    key = copy.key
    at = copy.at.nanoseconds
    switch copy.content {
    case .tombstone: kind = .tombstone
    case .value(let number):
      kind = .value
      value = number
    }
    version = copy.version.map(VersionText.init)
  }
}

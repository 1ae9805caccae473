@testable import GatewayCore

extension MetaCommand {
  /// What it does, without the key.
  var words: String {
    switch self {
    case .peek: "ask"
    case .get: "ask exactly"
    case .peekUnnoticed: "ask unnoticed"
    case .getUnnoticed: "ask exactly, unnoticed"
    case .touch: "touch"
    case .set(_, let set):
      switch set.mode {
      case .set: "set"
      case .add: "add"
      case .compareAndSwap(let cas): "replace \(cas)"
      }
    case .delete(_, let cas): cas.map { "remove \($0)" } ?? "remove"
    case .noop, .statistics, .flushAll: "\(self)"
    }
  }

  /// nil: it is about no key.
  var key: WireKey? {
    switch self {
    case .peek(let key), .get(let key), .peekUnnoticed(let key), .getUnnoticed(let key), .touch(let key, _),
      .set(let key, _), .delete(let key, _):
      key
    case .noop, .statistics, .flushAll: nil
    }
  }
}

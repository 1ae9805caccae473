import GatewayCore

/// Problems of changes of the pool.
extension Problem {
  static func invalidNode(_ detail: String) -> Problem {
    Problem(status: 400, name: "invalid-node", title: "The node is not described well", detail: detail)
  }

  static func nodeTooLarge(limit: Int) -> Problem {
    Problem(
      status: 413, name: "node-too-large", title: "The body is too long for a node",
      detail: "a node is described in at most \(limit) bytes")
  }

  fileprivate static func notChanged(_ name: StaticString, _ title: StaticString, _ detail: String) -> Problem
  {
    Problem(status: 409, name: name, title: title, detail: "\(detail): nothing was changed")
  }
}

extension PoolChangeError {
  var problem: Problem {
    switch self {
    case .unknownNode: .notFound("\(self)")
    case .nameTaken: .notChanged("node-name-taken", "There is such a node already", "\(self)")
    case .addressTaken: .notChanged("node-address-taken", "Another node has this address", "\(self)")
    case .lastNode: .notChanged("last-node", "Some node must be left", "\(self)")
    case .tooManyChanges: .notChanged("too-many-changes", "Earlier changes are under way", "\(self)")
    case .noJournal:
      Problem(
        status: 500, name: "no-journal", title: "The state directory cannot be written",
        detail: "\(self): nothing was changed")
    case .tooManyNodes: .notChanged("too-many-nodes", "The pool is full", "\(self)")
    case .unreachable:
      Problem(
        status: 502, name: "node-unreachable", title: "The node does not answer",
        detail: "\(self): nothing was changed")
    }
  }
}

/// Why the pool was not changed. Nothing is, then.
public enum PoolChangeError: Error, Equatable, Sendable, CustomStringConvertible {
  case unknownNode(String)
  case nameTaken(String)
  case addressTaken(Endpoint, by: String)
  /// Without it no node would be left to hold keys.
  case lastNode(String)
  /// It does not answer.
  case unreachable(String, reason: String)
  /// More nodes than a gateway serves.
  case tooManyNodes(limit: Int)
  /// Keys are still moving from so many earlier changes.
  case tooManyChanges(limit: Int)
  /// The state directory cannot take its journal.
  case noJournal(String, reason: String)

  public var description: String {
    switch self {
    case .unknownNode(let name): "no node is called '\(name)'"
    case .nameTaken(let name): "there is a node called '\(name)' already"
    case .addressTaken(let address, let name): "\(address) is the address of the node '\(name)' already"
    case .lastNode(let name): "'\(name)' is the last node: without it none would be left to hold keys"
    case .unreachable(let node, let reason): "'\(node)' does not answer: \(reason)"
    case .tooManyNodes(let limit): "there are \(limit) nodes already, which is the limit"
    case .tooManyChanges(let limit):
      "keys are still moving after \(limit) earlier changes of the pool: wait until they are at their places"
    case .noJournal(let node, let reason): "no journal can be kept for '\(node)': \(reason)"
    }
  }
}

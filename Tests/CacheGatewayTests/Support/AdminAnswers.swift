import Foundation
import Testing

/// A node as `/nodes/{name}` tells it.
struct NodeAnswer: Decodable, Equatable {
  let name: String
  let address: String
  let weight: Double
  let state: String
  let membership: String
  let secondsInState: Double
  let trusted: Bool
  let secondsUntilTrusted: Double?
  let lastFallReason: String?
  let flaps: Int
  let missedWrites: Int
  let flushOnReturn: Bool
  let processId: Int?
  let restore: TransferAnswer?
}

/// A transfer as a node's `restore` and the pool's `rebalance` tell it.
struct TransferAnswer: Decodable, Equatable {
  let state: String
  let source: String?
  let keysDone: Int
  let keysToGo: Int
  let bytesDone: Int
  let bytesToGo: Int
  let bytesPerSecond: Int
  let secondsLeft: Double?
  let secondsTaken: Double
  let reason: String?
}

/// `/nodes`.
struct NodesAnswer: Decodable {
  let nodes: [NodeAnswer]
  let rebalance: TransferAnswer?
}

extension HTTPResponse {
  func decoded<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
    try JSONDecoder().decode(type, from: Data(body))
  }
}

extension GatewayProcess {
  func node(_ name: String) throws -> NodeAnswer {
    try connectToAdmin().get("/nodes/\(name)").decoded()
  }

  /// Waits until the node is as `condition` says; the answer that is.
  func node(
    _ name: String, _ what: String, location: SourceLocation = #_sourceLocation,
    _ condition: (NodeAnswer) -> Bool
  ) throws -> NodeAnswer {
    var answer = try node(name)
    try eventually("\(name) is \(what)", location: location) {
      answer = try node(name)
      return condition(answer)
    }
    return answer
  }

  /// The value of `cache_gateway_node_<name>` for a node.
  func metric(_ name: String, _ node: String) throws -> Int {
    let series = "cache_gateway_node_\(name){node=\"\(node)\"} "
    let lines = try connectToAdmin().get("/metrics").text.split(separator: "\n")
    let values = lines.filter { $0.hasPrefix(series) }.map { $0.dropFirst(series.count) }
    return try #require(values.count == 1 ? Int(values[0]) : nil)
  }

  /// What `--log-format json` logged about a node, in its order.
  func logged(about node: String) throws -> [[String: String]] {
    try log.split(separator: "\n")
      .compactMap { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: String] }
      .filter { $0["node"] == node }
  }
}

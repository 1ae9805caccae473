/// The published test vectors for rule C1: a program that computes chains by the formula in
/// ChainOrder.swift must come to these orders. They were computed by another implementation of it, on top of
/// the reference implementation of XXH64.
struct ChainOrderVector: Sendable, CustomStringConvertible {
  let key: [UInt8]
  /// Names and weights, as the configuration lists them.
  let nodes: [(name: String, weight: Double)]
  /// Link 1 first.
  let chain: [String]

  init(_ key: [UInt8], _ nodes: [(String, Double)], _ chain: [String]) {
    self.key = key
    self.nodes = nodes
    self.chain = chain
  }

  init(_ key: String, _ nodes: [(String, Double)], _ chain: [String]) {
    self.init(Array(key.utf8), nodes, chain)
  }

  var description: String { "\(key.prefix(20).map(\.self)) over \(nodes.map(\.name))" }

  private static let three = [("cache-a", 1.0), ("cache-b", 1.0), ("cache-c", 1.0)]

  private static let five = (11...15).map { ("10.0.0.\($0):11211", 1.0) }

  private static let weighted = [("cache-a", 1.0), ("cache-b", 2.0), ("cache-c", 3.0)]

  private static let cities = [("münchen", 1.0), ("københavn", 1.0), ("東京", 1.0), ("paris", 1.0)]

  private static let twelve = (0...11).map { ($0 < 10 ? "node-0\($0)" : "node-\($0)", 1.0) }

  static let all = [
    ChainOrderVector("a", three, ["cache-b", "cache-c", "cache-a"]),
    ChainOrderVector("hello", three, ["cache-a", "cache-b", "cache-c"]),
    ChainOrderVector("user:1000:profile", three, ["cache-c", "cache-b", "cache-a"]),
    ChainOrderVector(
      "ac/3f786850e387550fdab836ed7e6dc881de23001b", three, ["cache-a", "cache-b", "cache-c"]),
    ChainOrderVector(
      "hello", five,
      ["10.0.0.15:11211", "10.0.0.14:11211", "10.0.0.13:11211", "10.0.0.12:11211", "10.0.0.11:11211"]),
    ChainOrderVector(
      "key-000001", five,
      ["10.0.0.11:11211", "10.0.0.15:11211", "10.0.0.14:11211", "10.0.0.13:11211", "10.0.0.12:11211"]),
    ChainOrderVector(
      "key-000002", five,
      ["10.0.0.13:11211", "10.0.0.14:11211", "10.0.0.12:11211", "10.0.0.15:11211", "10.0.0.11:11211"]),
    ChainOrderVector(
      "hello", [("local-1", 1), ("local-2", 1), ("local-3", 1)], ["local-1", "local-3", "local-2"]),
    ChainOrderVector(
      "many", twelve,
      [
        "node-03", "node-05", "node-02", "node-06", "node-07", "node-08", "node-00", "node-01", "node-10",
        "node-04", "node-09", "node-11",
      ]),
    ChainOrderVector("only", [("alone", 1)], ["alone"]),
    ChainOrderVector("hello", weighted, ["cache-a", "cache-b", "cache-c"]),
    ChainOrderVector("b", weighted, ["cache-b", "cache-c", "cache-a"]),
    ChainOrderVector(" a b ", weighted, ["cache-c", "cache-a", "cache-b"]),
    ChainOrderVector("session/42", weighted, ["cache-b", "cache-c", "cache-a"]),
    ChainOrderVector("key-7", [("big", 1000), ("small", 0.001), ("one", 1)], ["big", "one", "small"]),
    ChainOrderVector(
      "fraction", [("a", 0.5), ("b", 0.25), ("c", 0.125), ("d", 1.5)], ["c", "a", "d", "b"]),
    ChainOrderVector("grüße/日本語", three, ["cache-a", "cache-c", "cache-b"]),
    ChainOrderVector("hello", cities, ["københavn", "paris", "münchen", "東京"]),
    ChainOrderVector("ключ", cities, ["paris", "münchen", "københavn", "東京"]),
    ChainOrderVector([0], three, ["cache-b", "cache-c", "cache-a"]),
    ChainOrderVector(Array(0...255), three, ["cache-b", "cache-c", "cache-a"]),
    ChainOrderVector(
      [0xFF, 0xFE, 0x00, 0x0D, 0x0A, 0x20], five,
      ["10.0.0.14:11211", "10.0.0.13:11211", "10.0.0.15:11211", "10.0.0.12:11211", "10.0.0.11:11211"]),
    ChainOrderVector(
      Array(repeating: UInt8(ascii: "k"), count: 2048), five,
      ["10.0.0.12:11211", "10.0.0.14:11211", "10.0.0.15:11211", "10.0.0.11:11211", "10.0.0.13:11211"]),
  ]
}

import Testing

@testable import GatewayCore

/// Nodes that were emptied get their keys back without anybody reading them (rule C11).
struct RestoredNodesTests {
  private let gateway: GatewayProcess
  private let client: HTTPClient

  init() throws {
    gateway = try GatewayProcess()
    client = try gateway.connect()
  }

  /// Small values, with types and lifetimes, under keys of every kind; a large value; tombstones.
  private func store() throws {
    for number in 0..<300 { _ = try client.put("/keys/key-\(number)", "value \(number)") }
    for number in 0..<50 {
      _ = try client.put("/keys/with%20space%25/\(number)?ttl=1h", "odd", ["Content-Type": "text/plain"])
      _ = try client.put("/keys/" + String(repeating: "long", count: 100) + "\(number)", "long")
    }
    for number in 0..<20 { _ = try client.delete("/keys/key-\(number)") }
    _ = try client.put("/keys/large", String(repeating: "large", count: 500_000))
  }

  private func expectKeysBack(_ node: MemcachedNode, _ empty: () throws -> Void) throws {
    let before = try Set(node.listing().map(\.name))
    #expect(before.count > 250)
    try empty()
    try eventually("the node has its keys back") { try before.isSubset(of: node.listing().map(\.name)) }
  }

  @Test func `a node that was killed and started empty gets everything back`() throws {
    try store()
    let (killed, other) = (gateway.nodes[0], gateway.nodes[1])
    try expectKeysBack(killed) {
      killed.kill()
      try killed.start()
    }
    // Alone it answers for what both of them hold.
    gateway.nodes[2].kill()
    other.kill()
    let hold = try (20..<300).filter { try gateway.chain("key-\($0)").prefix(2).contains { $0 === killed } }
    #expect(!hold.isEmpty)
    for number in hold { #expect(try client.get("/keys/key-\(number)").text == "value \(number)") }
    for number in 0..<20 where try gateway.chain("key-\(number)").prefix(2).contains(where: { $0 === killed })
    {
      #expect(try client.get("/keys/key-\(number)").status == 404)
    }
  }

  @Test func `a node that somebody flushed gets everything back`() throws {
    // Until it has its mark it has nothing to lose.
    let node = gateway.nodes[1]
    try eventually("the node is marked") { try node.isMarked() }
    try store()
    try expectKeysBack(node) { try node.flush() }
  }

  @Test func `lifetimes and flags come back, and the other nodes' items are not touched`() throws {
    for node in gateway.nodes { try eventually("the node is marked") { try node.isMarked() } }
    try store()
    let key = try #require(
      try (20..<300).first { try gateway.chain("key-\($0)").first === gateway.nodes[0] })
    let clone = try gateway.chain("key-\(key)")[1]
    let uses = try clone.listing()
    let copy = try #require(try gateway.nodes[0].item("key-\(key)"))
    try expectKeysBack(gateway.nodes[0]) {
      gateway.nodes[0].kill()
      try gateway.nodes[0].start()
    }
    #expect(try gateway.nodes[0].item("key-\(key)") == copy)
    let after = Dictionary(uniqueKeysWithValues: try clone.listing().map { ($0.name, $0) })
    for item in uses { #expect(after[item.name].map { $0 == item } ?? true) }
  }
}

extension MemcachedNode {
  /// An item as it is listed, without the gateways' own and the chunks.
  struct Listed: Equatable {
    let name: String
    let lastAccess: String
    let isFetched: String
  }

  /// Asks again while the gateway's listing is under way.
  func listing() throws -> [Listed] {
    while true {
      let stream = try Stream(port: port)
      try stream.send("lru_crawler metadump hash\r\n")
      if let listed = try Self.listing(stream) { return listed }
    }
  }

  private static func listing(_ stream: Stream) throws -> [Listed]? {
    var listed: [Listed] = []
    while true {
      let words = try stream.receiveLine().split(separator: " ").map(String.init)
      if words.first == "END" { return listed }
      guard words.count == 7 else { return nil }
      if words[0].hasPrefix("key=%00gateway") { continue }
      listed.append(Listed(name: words[0], lastAccess: words[2], isFetched: words[4]))
    }
  }

  func isMarked() throws -> Bool {
    let stream = try Stream(port: port)
    try stream.send("mg \(String(decoding: ReservedName.restored.bytes, as: UTF8.self)) b\r\n")
    return try stream.receiveLine() == "HD"
  }

  func flush() throws {
    let stream = try Stream(port: port)
    try stream.send("flush_all\r\n")
    #expect(try stream.receiveLine() == "OK")
  }
}

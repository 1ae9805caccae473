import Glibc
import Testing

@testable import GatewayCore

/// Two gateways over the same nodes that write the same keys.
struct TwoGatewaysTests {
  private let gateways: [GatewayProcess]
  private let clients: [HTTPClient]
  private let chain: [MemcachedNode]

  init() throws {
    let first = try GatewayProcess()
    gateways = [first, try GatewayProcess(in: first.nodes, [])]
    clients = try gateways.map { try $0.connect() }
    chain = try first.chain("k")
  }

  /// The tags of writes of `k` at the same time, by client.
  private func race(_ clients: [HTTPClient], _ round: Int) throws -> [String] {
    for (number, client) in clients.enumerated() {
      try client.stream.send(HTTPClient.bytes("PUT", "/keys/k", body: Array("\(round)-\(number)".utf8)))
    }
    return try clients.map { client in
      let answer = try client.response(to: "PUT")
      #expect(answer.status == 204)
      #expect(answer["Cache-Gateway-Replicas"] == "2/2")
      return try #require(answer["ETag"])
    }
  }

  @Test func `of writes at the same time the one with the highest version stands, on all nodes`() throws {
    let clients = try (0..<8).map { try gateways[$0 % 2].connect() }
    for round in 0..<100 {
      let tags = try race(clients, round)
      #expect(Set(tags).count == tags.count)
      let highest = try #require(tags.indices.max { tags[$0] < tags[$1] })
      let items = try chain[..<2].map { try $0.item("k") }
      #expect(items[0] == items[1])
      for client in clients {
        let get = try client.get("/keys/k")
        #expect(get["ETag"] == tags[highest])
        #expect(get.text == "\(round)-\(highest)")
      }
      #expect(try chain[2].item("k") == nil)
    }
  }

  @Test func `a write after another has ended has the higher version, through whichever gateway`() throws {
    var last = ""
    for round in 0..<100 {
      let client = clients[Int.random(in: 0...1)]
      let tag = try #require(client.put("/keys/k", "\(round)")["ETag"])
      #expect(tag > last)
      last = tag
    }
  }

  @Test func `a delete at the same time as a write is carried out before or after it, on all nodes`() throws {
    for round in 0..<100 {
      try clients[0].stream.send(HTTPClient.bytes("PUT", "/keys/k", body: Array("\(round)".utf8)))
      try clients[1].stream.send(HTTPClient.bytes("DELETE", "/keys/k"))
      #expect(try clients[0].response(to: "PUT").status == 204)
      #expect(try clients[1].response(to: "DELETE").status == 204)
      let items = try chain[..<2].map { try $0.item("k")?.value }
      #expect(items[0] == items[1])
      #expect(try clients[0].get("/keys/k").status == clients[1].get("/keys/k").status)
    }
  }

  @Test func `an older version that one node is left with is never read and does not come back`() throws {
    _ = try clients[0].put("/keys/k", "old")
    let old = try #require(try chain[0].item("k"))
    _ = try clients[1].put("/keys/k", "new")
    let new = try #require(try chain[0].item("k"))
    for link in 0..<2 {
      try chain[link].set("k", old)
      for client in clients {
        #expect(try client.request("GET", "/keys/k", ["Cache-Gateway-Read": "newest"]).text == "new")
      }
      try eventually("the old copy is replaced") { try chain[link].item("k")?.value == new.value }
    }
  }

  /// A record as a gateway would leave it whose clock is an hour ahead.
  private func leaveValueFromAhead(_ key: String) throws -> String {
    let nanoseconds = UInt64(time(nil) + 3600) * 1_000_000_000
    let version = Version(time: nanoseconds, writer: 7)
    let record = Record(kind: .value, version: version, writtenAt: 0, body: Bytes(Array("ahead".utf8)))
    let set = RecordEncoder(record, for: try Key(key))
      .set(.set, lifetime: .forever, valueLifetime: .forever)
    let item = MemcachedNode.Item(value: set.head + set.body.array, flags: set.clientFlags, lifetime: nil)
    for node in try gateways[0].chain(key)[..<2] { try node.set(key, item) }
    return "\"\(version)\""
  }

  @Test func `a version from an hour ahead is passed by writes over it, and then by all`() throws {
    let ahead = try leaveValueFromAhead("k")
    #expect(try #require(clients[1].put("/keys/k", "over it")["ETag"]) > ahead)
    #expect(try #require(clients[1].put("/keys/other", "v")["ETag"]) > ahead)
    #expect(try clients[0].get("/keys/k").text == "over it")
    #expect(try #require(clients[0].put("/keys/another", "v")["ETag"]) > ahead)
  }

  @Test func `a gateway that never saw it learns of it by way of the nodes`() throws {
    let ahead = try leaveValueFromAhead("k")
    #expect(try clients[0].get("/keys/k")["ETag"] == ahead)
    let next = try GatewayProcess(in: gateways[0].nodes, []).connect()
    for client in [clients[1], next] {
      try eventually("its clock is ahead as well") {
        try #require(client.put("/keys/other", "v")["ETag"]) > ahead
      }
    }
  }
}

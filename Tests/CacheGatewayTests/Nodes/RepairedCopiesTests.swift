import Testing

/// What reads and deletes leave on the nodes, seen by asking them directly (rules C5 and C6).
struct RepairedCopiesTests {
  private let gateway: GatewayProcess
  private let client: HTTPClient
  private let chain: [MemcachedNode]

  init() throws {
    gateway = try GatewayProcess()
    client = try gateway.connect()
    chain = try gateway.chain("k")
  }

  @Test(arguments: [0, 1]) func `a copy that is lost comes back with the next read`(lost: Int) throws {
    _ = try client.put("/keys/k?ttl=1h", "v", ["Content-Type": "text/plain"])
    let copy = try #require(try chain[lost].item("k"))
    try chain[lost].delete("k")
    let get = try client.get("/keys/k")
    #expect(get.text == "v")
    #expect(get.cacheStatus("link") == "\(2 - lost)")
    try eventually("the copy is back") { try chain[lost].item("k") != nil }
    let restored = try #require(try chain[lost].item("k"))
    #expect(restored.value == copy.value)
    #expect(restored.flags == copy.flags)
    #expect(try (3500...3600).contains(#require(restored.lifetime)))
  }

  @Test func `an older copy is brought up to date by the next read`() throws {
    _ = try client.put("/keys/k", "old")
    let old = try #require(try chain[0].item("k"))
    _ = try client.put("/keys/k", "new")
    let new = try #require(try chain[0].item("k"))
    try chain[0].set("k", old)
    #expect(try client.get("/keys/k").text == "new")
    try eventually("the old copy is replaced") { try chain[0].item("k")?.value == new.value }
  }

  @Test func `a damaged copy is never served, and replaced`() throws {
    _ = try client.put("/keys/k", "a value to be damaged")
    let whole = try #require(try chain[0].item("k"))
    for position in [0, 1, 5, 24, 40, whole.value.count - 1] {
      var damaged = whole
      damaged.value[position] ^= 1
      try chain[0].set("k", damaged)
      #expect(try client.get("/keys/k").text == "a value to be damaged")
      try eventually("the damaged copy is replaced") { try chain[0].item("k")?.value == whole.value }
    }
  }

  @Test func `a record under another key's name is not served`() throws {
    _ = try client.put("/keys/k", "of k")
    let record = try #require(try chain[0].item("k"))
    for node in gateway.nodes { try node.set("other", record) }
    #expect(try client.get("/keys/other").status != 200)
  }

  @Test func `a delete leaves a tombstone for a while`() throws {
    _ = try client.put("/keys/k", "v")
    _ = try client.delete("/keys/k")
    for node in chain[..<2] {
      let tombstone = try #require(try node.item("k"))
      #expect(tombstone.value[1] == 2)
      #expect(tombstone.flags >> 24 == 0xCA)
      #expect(try (570...600).contains(#require(tombstone.lifetime)))
    }
  }

  @Test(arguments: [0, 1]) func `an older copy that turns up does not bring a deleted key back`(link: Int)
    throws
  {
    _ = try client.put("/keys/k", "v")
    let old = try #require(try chain[link].item("k"))
    _ = try client.delete("/keys/k")
    try chain[link].set("k", old)
    #expect(try client.get("/keys/k").status == 404)
    try eventually("the tombstone is back") { try chain[link].item("k")?.value[1] == 2 }
    #expect(try client.get("/keys/k").status == 404)
  }

  @Test func `a delete removes what links past the placement hold`() throws {
    _ = try client.put("/keys/k", "v")
    let copy = try #require(try chain[0].item("k"))
    try chain[2].set("k", copy)
    _ = try client.delete("/keys/k")
    #expect(try chain[2].item("k") == nil)
    try chain[2].set("k", copy)
    _ = try client.put("/keys/k", "new")
    #expect(try chain[2].item("k") == nil)
  }

  @Test func `a value only on the last link is found and brought home`() throws {
    _ = try client.put("/keys/k", "v")
    let copy = try #require(try chain[0].item("k"))
    try chain[2].set("k", copy)
    for node in chain[..<2] { try node.delete("k") }
    let get = try client.get("/keys/k")
    #expect(get.text == "v")
    #expect(get.cacheStatus("link") == "3")
    for node in chain[..<2] { try eventually("home again") { try node.item("k")?.value == copy.value } }
  }

  @Test func `reads in sequence find values and repair the links they passed`() throws {
    let gateway = try GatewayProcess(nodes: 3, "--read", "sequential")
    let client = try gateway.connect()
    let chain = try gateway.chain("k")
    _ = try client.put("/keys/k", "v")
    #expect(try client.get("/keys/k").cacheStatus("link") == "1")
    try chain[0].delete("k")
    #expect(try client.get("/keys/k").cacheStatus("link") == "2")
    try eventually("link 1 has it again") { try chain[0].item("k") != nil }
    #expect(try client.get("/keys/k").cacheStatus("link") == "1")
    #expect(try client.get("/keys/missing").status == 404)
    _ = try client.delete("/keys/k")
    #expect(try client.get("/keys/k").status == 404)
  }

  @Test func `two gateways over the same nodes see each other's writes, with rising versions`() throws {
    let other = try GatewayProcess(in: gateway.nodes, [])
    let clients = [client, try other.connect()]
    var last = ""
    for round in 0..<50 {
      let tag = try #require(clients[round % 2].put("/keys/k", "\(round)")["ETag"])
      #expect(tag > last)
      last = tag
      #expect(try clients[1 - round % 2].get("/keys/k").text == "\(round)")
    }
    _ = try clients[0].delete("/keys/k")
    #expect(try clients[1].get("/keys/k").status == 404)
  }
}

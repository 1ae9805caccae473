import Testing

/// Rule C12: pools shared with other memcached clients.
struct PlainItemsTests {
  @Test(arguments: [0, 1, 2]) func `an item of another client is readable on any link`(link: Int) throws {
    let gateway = try GatewayProcess()
    let client = try gateway.connect()
    try gateway.chain("plain")[link].set("plain", "by another client", flags: 32)
    let get = try client.get("/keys/plain")
    #expect(get.status == 200)
    #expect(get.text == "by another client")
    #expect(get["Content-Type"] == "application/octet-stream")
    #expect(get["ETag"]?.hasPrefix("\"plain-") == true)
    #expect(get["Last-Modified"] == nil)
    #expect(get["Age"] == nil)
    #expect(get.cacheStatus("link") == "\(link + 1)")
  }

  @Test func `an item's tag changes with its bytes`() throws {
    let gateway = try GatewayProcess()
    let client = try gateway.connect()
    let node = try gateway.chain("plain")[0]
    var tags: Set<String> = []
    for text in ["one", "two", "one"] {
      try node.set("plain", text)
      tags.insert(try #require(client.get("/keys/plain")["ETag"]))
    }
    #expect(tags.count == 2)
  }

  @Test func `an item's lifetime is told`() throws {
    let gateway = try GatewayProcess()
    let client = try gateway.connect()
    try gateway.chain("plain")[0].set("plain", .init(value: [1], flags: 0, lifetime: 500))
    #expect(try (470...500).contains(#require(client.get("/keys/plain").maxAge)))
  }

  @Test func `what is put through the gateway wins over an item, and is deleted for good`() throws {
    let gateway = try GatewayProcess()
    let client = try gateway.connect()
    let chain = try gateway.chain("shared")
    for node in chain { try node.set("shared", "plain") }
    _ = try client.put("/keys/shared", "gateway")
    #expect(try client.get("/keys/shared").text == "gateway")
    _ = try client.delete("/keys/shared")
    try chain[1].set("shared", "plain again")
    #expect(try client.get("/keys/shared").status == 404)
  }

  @Test func `an item is copied to the links of the placement that miss it, as it is`() throws {
    let gateway = try GatewayProcess()
    let client = try gateway.connect()
    let chain = try gateway.chain("plain")
    try chain[0].set("plain", "v", flags: 77)
    #expect(try client.get("/keys/plain").status == 200)
    try eventually("link 2 has the item") { try chain[1].item("plain")?.value.text == "v" }
    #expect(try chain[1].item("plain")?.flags == 77)
  }

  @Test func `in the raw format values are stored as they are`() throws {
    let gateway = try GatewayProcess(nodes: 3, "--value-format", "raw")
    let client = try gateway.connect()
    let put = try client.put("/keys/raw?ttl=1h", "hello", ["Content-Type": "text/plain"])
    #expect(put.status == 204)
    #expect(put["Cache-Gateway-Replicas"] == "2/2")
    // A plain value carries no version.
    #expect(put["ETag"] == nil)
    for node in try gateway.chain("raw")[..<2] {
      let item = try #require(try node.item("raw"))
      #expect(item.value.text == "hello")
      #expect(item.flags == 0)
      #expect(try (3500...3600).contains(#require(item.lifetime)))
    }
    #expect(try client.get("/keys/raw").text == "hello")
    _ = try client.delete("/keys/raw")
    for node in gateway.nodes { #expect(try node.item("raw") == nil) }
    #expect(try client.get("/keys/raw").status == 404)
  }

  @Test func `in the raw format a key never gets another key's value`() throws {
    let gateway = try GatewayProcess(nodes: 2, "--value-format", "raw")
    let client = try gateway.connect()
    // A key named by its hash, and the raw bytes of that name as a key.
    let long = String(repeating: "k", count: 251)
    let digest = [
      0x3B, 0x80, 0x59, 0xC6, 0x37, 0x93, 0x9A, 0x48, 0x3B, 0xDC, 0x7B, 0xEE, 0xF0, 0x9F, 0x11, 0xB5, 0x66,
      0x58,
      0x1B, 0xE6, 0xD1, 0x4E, 0x25, 0x08, 0x3B, 0x30, 0x41, 0xB7, 0x77, 0x17, 0xDE, 0x02,
    ]
    let name = "sha256:" + digest.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    _ = try client.put("/keys/\(long)", "of the long key")
    #expect(try client.get("/keys/\(name)").status == 404)
  }

  @Test func `a DELETE of a plain value that is not there is answered 204`() throws {
    let gateway = try GatewayProcess(nodes: 3, "--value-format", "raw")
    let client = try gateway.connect()
    #expect(try client.delete("/keys/absent").status == 204)
    #expect(try client.put("/keys/k", "v").status == 204)
    for _ in 0..<2 { #expect(try client.delete("/keys/k").status == 204) }
  }
}

import Testing

/// Conditional writes where copies differ, are another client's, or are out of reach.
struct ConditionsAndCopiesTests {
  private let gateway: GatewayProcess
  private let client: HTTPClient
  private let chain: [MemcachedNode]

  init() throws {
    gateway = try GatewayProcess()
    client = try gateway.connect()
    chain = try gateway.chain("k")
  }

  private func tag(_ text: String) throws -> String {
    let put = try client.put("/keys/k", text)
    return try #require(put["ETag"])
  }

  private func write(_ method: String, _ fields: [String: String]) throws -> HTTPResponse {
    try client.request(method, "/keys/k", fields, body: method == "PUT" ? Array("new".utf8) : nil)
  }

  // MARK: Copies that differ

  @Test(arguments: [0, 1]) func `the newest copy counts, whichever link has an older one`(link: Int) throws {
    let old = try tag("old")
    let item = try #require(try chain[link].item("k"))
    let current = try tag("current")
    try chain[link].set("k", item)
    #expect(try write("PUT", ["If-Match": old]).status == 412)
    #expect(try write("DELETE", ["If-Match": old]).status == 412)
    #expect(try client.get("/keys/k").text == "current")
    try chain[link].set("k", item)
    #expect(try write("PUT", ["If-Match": current]).status == 204)
    for node in chain[..<2] { #expect(try node.item("k")?.value.suffix(3) == Array("new".utf8)[...]) }
  }

  @Test(arguments: [0, 1]) func `a tombstone counts over an older copy`(link: Int) throws {
    let old = try tag("old")
    let item = try #require(try chain[link].item("k"))
    _ = try client.delete("/keys/k")
    try chain[link].set("k", item)
    #expect(try write("PUT", ["If-Match": old]).status == 412)
    #expect(try write("PUT", ["If-None-Match": "*"]).status == 201)
    #expect(try client.get("/keys/k").text == "new")
  }

  @Test(arguments: [0, 1, 2]) func `a value that one link alone has counts`(link: Int) throws {
    let tag = try tag("old")
    let item = try #require(try chain[0].item("k"))
    for node in chain[..<2] { try node.delete("k") }
    try chain[link].set("k", item)
    #expect(try write("PUT", ["If-None-Match": "*"]).status == 412)
    #expect(try write("PUT", ["If-Match": tag]).status == 204)
    // Nothing older is left on the last link.
    #expect(try chain[2].item("k") == nil)
    #expect(try client.get("/keys/k").text == "new")
  }

  // MARK: Other clients' items

  private func plainTag(_ text: String) throws -> String {
    for node in chain[..<2] { try node.set("k", text, flags: 9) }
    let tag = try #require(client.get("/keys/k")["ETag"])
    #expect(tag.hasPrefix("\"plain-"))
    return tag
  }

  @Test func `another client's item is matched by the tag of its bytes`() throws {
    for method in ["PUT", "DELETE"] {
      let first = try plainTag("one of another client")
      let second = try plainTag("two of another client")
      #expect(try write(method, ["If-Match": first]).status == 412)
      #expect(try write(method, ["If-Match": "W/\(second)"]).status == 412)
      #expect(try write(method, ["If-None-Match": "*"]).status == 412)
      #expect(try write(method, ["If-None-Match": "W/\(second)"]).status == 412)
      #expect(try client.get("/keys/k")["ETag"] == second)
      #expect(try write(method, ["If-Match": second]).status == 204)
      #expect(try client.get("/keys/k").status == (method == "PUT" ? 200 : 404))
      #expect(try write(method, ["If-Match": second]).status == 412)
      for node in chain[..<2] { try node.delete("k") }
    }
  }

  @Test func `an item that came in the place of a value is told apart from it`() throws {
    let tag = try tag("of the gateway")
    let plain = try plainTag("of another client")
    #expect(try write("PUT", ["If-Match": tag]).status == 412)
    #expect(try write("PUT", ["If-None-Match": tag]).status == 204)
    #expect(try write("PUT", ["If-Match": plain]).status == 412)
  }

  @Test func `plain values take no condition`() throws {
    let gateway = try GatewayProcess(nodes: 2, "--value-format", "raw")
    let client = try gateway.connect()
    _ = try client.put("/keys/k", "old")
    let tag = try #require(client.get("/keys/k")["ETag"])
    for fields in [["If-Match": tag], ["If-Match": "*"], ["If-None-Match": "*"], ["If-None-Match": tag]] {
      for (method, body) in [("PUT", Array("new".utf8)), ("DELETE", nil)] {
        for key in ["k", "absent"] {
          let answer = try client.request(method, "/keys/\(key)", fields, body: body)
          #expect(answer.status == 501)
          #expect(answer.problem == "condition-unsupported")
        }
      }
    }
    #expect(try client.get("/keys/k").text == "old")
    #expect(try client.get("/keys/absent").status == 404)
  }

  // MARK: Locks and nodes

  @Test func `no lock is left on the nodes`() throws {
    let tag = try tag("old")
    for fields in [["If-Match": tag], ["If-Match": "*"], ["If-None-Match": "*"]] {
      _ = try write("PUT", fields)
    }
    // The value, the clock that gateways leave for each other, and the mark of a node that has all its keys.
    for node in chain[..<2] {
      try eventually("three items are left") { try node.statistic("curr_items") == "3" }
    }
  }

  @Test(arguments: [0, 1, 2]) func `conditions are decided while a node is away`(victim: Int) throws {
    let old = try tag("old")
    chain[victim].kill()
    let put = try write("PUT", ["If-Match": old])
    #expect(put.status == 204)
    #expect(put["Cache-Gateway-Replicas"] == "2/2")
    #expect(try write("PUT", ["If-Match": old]).status == 412)
    #expect(try write("DELETE", ["If-Match": try #require(put["ETag"])]).status == 204)
    #expect(try write("PUT", ["If-None-Match": "*"]).status == 201)
    #expect(try write("PUT", ["If-None-Match": "*"]).status == 412)
    try chain[victim].start()
    #expect(try write("PUT", ["If-None-Match": "*"]).status == 412)
    #expect(try client.get("/keys/k").text == "new")
  }

  @Test(arguments: [0, 1]) func `conditions are decided while a node hangs`(victim: Int) throws {
    let old = try tag("old")
    chain[victim].pause()
    let put = try write("PUT", ["If-Match": old])
    #expect(put.status == 204)
    #expect(try write("PUT", ["If-Match": old]).status == 412)
    #expect(try write("PUT", ["If-None-Match": "*"]).status == 412)
    chain[victim].resume()
    #expect(try write("PUT", ["If-Match": old]).status == 412)
    #expect(try write("DELETE", ["If-Match": try #require(put["ETag"])]).status == 204)
    #expect(try client.get("/keys/k").status == 404)
  }

  @Test func `without any node nothing is decided`() throws {
    let tag = try tag("old")
    for node in chain { node.kill() }
    for fields in [["If-Match": tag], ["If-None-Match": "*"]] {
      for method in ["PUT", "DELETE"] {
        let answer = try write(method, fields)
        #expect(answer.status == 503)
        #expect(answer.problem == "nodes-unreachable")
        #expect(answer["Retry-After"] != nil)
      }
    }
  }
}

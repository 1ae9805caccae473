import Testing

/// Everything after `/keys/` is the key, percent-decoded and never normalised.
struct KeyNamesTests {
  private let gateway: GatewayProcess
  private let client: HTTPClient

  init() throws {
    gateway = try GatewayProcess(nodes: 2)
    client = try gateway.connect()
  }

  private static let distinct = [
    "a", "A", "a/", "a//", "/a", "//a", "a/b", "a/../b", "b", "a/./b", "a/b/..", "..", ".", "../a", "...",
    "a%00",
    "a%00b", "%00", "a%20b", "a+b", "a%25b", "%2541", "a%3Fb", "a%23b", "a;b", "a:b", "a&b", "a=b", "%FF%FE",
    "%C3%A9",
    "e%CC%81", "%0D%0A", "a%0D%0Ab", "%7F", "%80", "get%20x", "a%22b", "a%5Cb", "x%20O1", "%20", "%20%20",
  ]

  @Test func `keys that differ in any byte are different keys`() throws {
    for key in Self.distinct { #expect(try client.put("/keys/\(key)", key).status == 204, "\(key)") }
    for key in Self.distinct { #expect(try client.get("/keys/\(key)").text == key, "\(key)") }
    _ = try client.delete("/keys/a/../b")
    for key in Self.distinct {
      #expect(try client.get("/keys/\(key)").status == (key == "a/../b" ? 404 : 200), "\(key)")
    }
  }

  @Test(arguments: [
    ("a/b", "a%2Fb"), ("a/b", "%61%2fb"), ("~a", "%7Ea"), ("é", "%C3%A9"), ("a b", "a%20b"),
  ])
  func `what is encoded and what is not name the same key`(plain: String, encoded: String) throws {
    // A space cannot stand in a request line.
    let direct = plain.contains(" ") ? encoded : plain
    _ = try client.put("/keys/\(encoded)", "v")
    #expect(try client.get("/keys/\(direct)").text == "v")
  }

  @Test func `every byte may stand in a key`() throws {
    let digits = Array("0123456789ABCDEF")
    func key(_ byte: Int) -> String { "byte-%\(digits[byte >> 4])\(digits[byte & 15])-" }
    for byte in 0...255 { #expect(try client.put("/keys/\(key(byte))", "\(byte)").status == 204) }
    for byte in 0...255 { #expect(try client.get("/keys/\(key(byte))").text == "\(byte)") }
  }

  @Test func `bytes above 127 need no encoding`() throws {
    var request = Array("PUT /keys/".utf8) + [0xC3, 0xA9, 0xFF]
    request += Array(" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nv".utf8)
    try client.stream.send(request)
    #expect(try client.response().status == 204)
    #expect(try client.get("/keys/%C3%A9%FF").text == "v")
  }

  @Test(arguments: [1, 186, 187, 249, 250, 251, 252, 1000, 2047, 2048])
  func `keys may have up to 2048 bytes, printable or not`(count: Int) throws {
    let keys = [
      String(repeating: "k", count: count), String(repeating: "%FF", count: count),
      String(repeating: "%20", count: count), String(repeating: "k", count: count - 1) + "j",
    ]
    for (number, key) in keys.enumerated() {
      #expect(try client.put("/keys/\(key)", "\(number)").status == 204)
    }
    for (number, key) in keys.enumerated() { #expect(try client.get("/keys/\(key)").text == "\(number)") }
    for key in keys { #expect(try client.delete("/keys/\(key)").status == 204) }
    for key in keys { #expect(try client.get("/keys/\(key)").status == 404) }
  }

  @Test(arguments: [2049, 3000]) func `longer keys are refused`(count: Int) throws {
    for key in [String(repeating: "k", count: count), String(repeating: "%41", count: count)] {
      for method in ["GET", "PUT", "DELETE"] {
        let answer = try client.request(method, "/keys/\(key)", body: method == "PUT" ? [1] : nil)
        #expect(answer.status == 400)
        #expect(answer.problem == "invalid-key")
        #expect(answer.text.contains("\(count) bytes"))
      }
    }
  }

  @Test(arguments: ["", "?ttl=5", "%", "a%", "a%4", "%zz", "%4", "a%%b", "%-1", "%0x"])
  func `an empty key and wrong encodings are refused`(key: String) throws {
    let answer = try client.get("/keys/\(key)")
    #expect(answer.status == 400)
    #expect(answer.problem == "invalid-key")
  }

  @Test func `the query is not part of the key`() throws {
    _ = try client.put("/keys/a?x=1", "v")
    #expect(try client.get("/keys/a").text == "v")
    #expect(try client.get("/keys/a?y").text == "v")
    #expect(try client.get("/keys/a%3Fx=1").status == 404)
  }

  @Test func `a request may name the whole address`() throws {
    _ = try client.put("http://localhost/keys/a", "v")
    #expect(try client.get("/keys/a").text == "v")
    #expect(try client.get("http://somewhere.else:8080/keys/a").text == "v")
  }

  @Test func `a printable key is stored under its own name`() throws {
    _ = try client.put("/keys/some/key:1", "v")
    for node in gateway.nodes { #expect(try node.item("some/key:1") != nil) }
  }
}

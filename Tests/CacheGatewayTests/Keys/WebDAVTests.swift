import Testing

/// PROPFIND and MKCOL, as far as cache clients need them.
struct WebDAVTests {
  private let gateway: GatewayProcess
  private let client: HTTPClient

  init() throws {
    gateway = try GatewayProcess()
    client = try gateway.connect()
  }

  private static let properties = "multistatus/response/propstat/prop"

  @Test(arguments: ["/keys/", "/keys/a/", "/keys/a/b/c/", "/keys//", "/keys/a%2F/", "/keys/a%26%3C/"])
  func `a path that ends in a slash is a collection that lists nothing`(path: String) throws {
    _ = try client.put("/keys/a/b", "v")
    for depth in ["0", "1", "infinity", "Infinity", nil] {
      let find = try client.request("PROPFIND", path, depth.map { ["Depth": $0] } ?? [:])
      #expect(find.status == 207)
      #expect(find["Content-Type"] == "application/xml; charset=utf-8")
      let tree = try XMLTree(find.body)
      #expect(tree.children(of: "multistatus") == ["response"])
      #expect(tree["multistatus/response/href"] == path)
      #expect(tree["multistatus/response/propstat/status"] == "HTTP/1.1 200 OK")
      #expect(tree.children(of: Self.properties) == ["resourcetype", "getlastmodified"])
      #expect(tree.children(of: "\(Self.properties)/resourcetype") == ["collection"])
      #expect(tree["\(Self.properties)/getlastmodified"]?.hasSuffix(" GMT") == true)
    }
  }

  @Test(arguments: ["/keys/a", "/keys/a/b", "/keys/a%20b%26%3C%22", "/keys/a%2F"])
  func `a key is told as GET would answer`(path: String) throws {
    _ = try client.put(path, "hello, world")
    let get = try client.get(path)
    let find = try client.request("PROPFIND", path, ["Depth": "0"])
    #expect(find.status == 207)
    let tree = try XMLTree(find.body)
    #expect(tree["multistatus/response/href"] == path)
    #expect(tree["multistatus/response/propstat/status"] == "HTTP/1.1 200 OK")
    #expect(
      tree.children(of: Self.properties)
        == ["resourcetype", "getcontentlength", "getetag", "getlastmodified"])
    #expect(tree["\(Self.properties)/resourcetype"]?.isEmpty == true)
    #expect(tree.children(of: "\(Self.properties)/resourcetype").isEmpty)
    #expect(tree["\(Self.properties)/getcontentlength"] == "12")
    #expect(tree["\(Self.properties)/getetag"] == get["ETag"])
    #expect(tree["\(Self.properties)/getlastmodified"] == get["Last-Modified"])
  }

  @Test func `a plain value has a date as well, which clients cannot do without`() throws {
    for node in gateway.nodes { try node.set("plain", "value") }
    let get = try client.get("/keys/plain")
    #expect(get["Last-Modified"] == nil)
    let tree = try XMLTree(try client.request("PROPFIND", "/keys/plain").body)
    #expect(tree["\(Self.properties)/getcontentlength"] == "5")
    #expect(tree["\(Self.properties)/getetag"] == get["ETag"])
    #expect(tree["\(Self.properties)/getlastmodified"]?.hasSuffix(" GMT") == true)
  }

  @Test func `a key that is not there is a miss`() throws {
    let find = try client.request("PROPFIND", "/keys/missing", ["Depth": "0"])
    #expect(find.status == 404)
    #expect(find.problem == "not-found")
    #expect(find["Cache-Status"] == "cache-gateway; fwd=miss")
    _ = try client.put("/keys/a", "v")
    _ = try client.delete("/keys/a")
    #expect(try client.request("PROPFIND", "/keys/a").status == 404)
  }

  @Test func `when no node answers, a key is a failure and a collection is there`() throws {
    for node in gateway.nodes { node.kill() }
    #expect(try client.request("PROPFIND", "/keys/a").problem == "nodes-unreachable")
    #expect(try client.request("PROPFIND", "/keys/a/").status == 207)
    #expect(try client.request("MKCOL", "/keys/a/").status == 201)
  }

  @Test func `the body is read, up to 64 KiB, and not looked at`() throws {
    for body in ["", "<propfind xmlns=\"DAV:\"><prop><getetag/></prop></propfind>", "<no XML", "\u{0}"] {
      for path in ["/keys/", "/keys/a/"] {
        #expect(try client.request("PROPFIND", path, body: Array(body.utf8)).status == 207)
      }
      #expect(try client.request("PROPFIND", "/keys/a", body: Array(body.utf8)).status == 404)
    }
    let most = [UInt8](repeating: 0x20, count: 64 * 1024)
    #expect(try client.request("PROPFIND", "/keys/a/", body: most).status == 207)
    for path in ["/keys/a/", "/keys/a"] {
      let refused = try client.request("PROPFIND", path, body: most + [0x20])
      #expect(refused.status == 413)
      #expect(refused.problem == "unexpected-body")
      #expect(refused.text.contains("65536"))
    }
    #expect(try client.request("PROPFIND", "/keys/a/").status == 207)
  }

  @Test func `a chunked body is read as well`() throws {
    try client.stream.send("PROPFIND /keys/a/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    try client.stream.send("3\r\n<x>\r\n0\r\n\r\n")
    #expect(try client.response().status == 207)
    #expect(try client.request("PROPFIND", "/keys/a/").status == 207)
  }

  @Test(arguments: ["2", "-1", "", "one", "0, 1", "1,noroot"])
  func `a depth that there is none of is refused`(depth: String) throws {
    let find = try client.request("PROPFIND", "/keys/a/", ["Depth": depth])
    #expect(find.status == 400)
    #expect(find.problem == "invalid-header")
    #expect(find.text.contains("Depth"))
  }

  @Test func `Cache-Gateway-Read counts for PROPFIND too`() throws {
    _ = try client.put("/keys/a", "v")
    for mode in ["first", "newest"] {
      #expect(try client.request("PROPFIND", "/keys/a", ["Cache-Gateway-Read": mode]).status == 207)
    }
    #expect(
      try client.request("PROPFIND", "/keys/a", ["Cache-Gateway-Read": "all"]).problem == "invalid-header")
  }

  @Test(arguments: ["/keys/", "/keys/a/", "/keys/a/b/", "/keys/a"])
  func `a collection is there to be made, any number of times`(path: String) throws {
    for _ in 0..<2 {
      let made = try client.request("MKCOL", path)
      #expect(made.status == 201)
      #expect(made["Content-Length"] == "0")
    }
    if path != "/keys/" { #expect(try client.get(path).status == 404) }
    #expect(try client.request("MKCOL", path, body: [1]).problem == "unexpected-body")
  }

  @Test(arguments: ["PROPFIND", "MKCOL"]) func `names that are no keys are refused`(method: String) throws {
    for path in ["/keys/%zz/", "/keys/%zz", "/keys/" + String(repeating: "a", count: 2048) + "/"] {
      let answer = try client.request(method, path)
      #expect(answer.status == 400)
      #expect(answer.problem == "invalid-key")
    }
    for path in ["/keys", "/", "/livezz"] { #expect(try client.request(method, path).status == 404) }
    #expect(try client.request(method, "/livez").status == 405)
    #expect(try gateway.connectToAdmin().request(method, "/keys/a/").status == 404)
  }

  @Test(arguments: ["PROPPATCH", "COPY", "MOVE", "LOCK", "UNLOCK", "propfind"])
  func `the rest of WebDAV is not there, and not announced`(method: String) throws {
    #expect(try client.request(method, "/keys/a/").status == 405)
    let options = try client.request("OPTIONS", "/keys/a/")
    #expect(options["Allow"] == "GET, HEAD, PUT, DELETE, OPTIONS, PROPFIND, MKCOL")
    #expect(options["DAV"] == nil)
  }

  @Test func `a value may stand under the name of a collection`() throws {
    _ = try client.put("/keys/a/", "v")
    #expect(try client.get("/keys/a/").text == "v")
    let tree = try XMLTree(try client.request("PROPFIND", "/keys/a/").body)
    #expect(tree.children(of: "\(Self.properties)/resourcetype") == ["collection"])
  }
}

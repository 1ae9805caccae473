import Testing

/// The HTTP contract of `/keys/{key}`, row by row.
struct KeysContractTests {
  private let gateway: GatewayProcess
  private let client: HTTPClient

  init() throws {
    gateway = try GatewayProcess()
    client = try gateway.connect()
  }

  @Test func `what was put is got, with all that is known about it`() throws {
    let put = try client.put("/keys/a", "hello", ["Content-Type": "text/plain"])
    #expect(put.status == 204)
    #expect(put.body.isEmpty)
    #expect(put["Cache-Gateway-Replicas"] == "2/2")
    let tag = try #require(put["ETag"])
    #expect(tag.split { "\"-".contains($0) }.map(\.count) == [16, 8])

    let get = try client.get("/keys/a")
    #expect(get.status == 200)
    #expect(get.text == "hello")
    #expect(get["Content-Type"] == "text/plain")
    #expect(get["Content-Encoding"] == nil)
    #expect(get["ETag"] == tag)
    #expect(get["Last-Modified"]?.hasSuffix(" GMT") == true)
    #expect(try (0...60).contains(#require(get["Age"].flatMap(Int.init))))
    #expect(get["Cache-Control"] == "max-age=31536000")
    #expect(get["Date"] != nil)
  }

  @Test func `a hit says which link and node it came from`() throws {
    _ = try client.put("/keys/a", "hello")
    let get = try client.get("/keys/a")
    let chain = try gateway.chain("a").map(\.name)
    #expect(get["Cache-Status"] == "cache-gateway; hit; detail=\"link=1 node=\(chain[0])\"")
    for node in try gateway.chain("a")[..<2] { #expect(try node.item("a") != nil) }
    #expect(try gateway.chain("a")[2].item("a") == nil)
  }

  @Test func `HEAD answers as GET does, without the body`() throws {
    _ = try client.put("/keys/a?ttl=1h", "hello", ["Content-Type": "text/plain"])
    let get = try client.get("/keys/a")
    let head = try client.request("HEAD", "/keys/a")
    #expect(head.status == 200)
    #expect(head.body.isEmpty)
    for name in ["Content-Length", "Content-Type", "ETag", "Last-Modified", "Cache-Status"] {
      #expect(head[name] == get[name])
    }
    // Nothing of a body came after it.
    #expect(try client.get("/keys/a").text == "hello")
    #expect(try client.request("HEAD", "/keys/missing").status == 404)
    #expect(try client.get("/keys/a").text == "hello")
  }

  @Test func `a key that is not there is a miss`() throws {
    let miss = try client.get("/keys/missing")
    #expect(miss.status == 404)
    #expect(miss.problem == "not-found")
    #expect(miss["Cache-Status"] == "cache-gateway; fwd=miss")
    #expect(miss["Content-Length"] != nil)
  }

  @Test func `DELETE answers 204 whether or not the key was there`() throws {
    _ = try client.put("/keys/a", "hello")
    for _ in 0..<2 {
      let deleted = try client.delete("/keys/a")
      #expect(deleted.status == 204)
      #expect(deleted["Cache-Gateway-Replicas"] == "2/2")
      #expect(try client.get("/keys/a").status == 404)
    }
    #expect(try client.delete("/keys/never").status == 204)
    #expect(try client.put("/keys/a", "again").status == 204)
    #expect(try client.get("/keys/a").text == "again")
  }

  @Test func `a later PUT has a later version and replaces the value and its labels`() throws {
    let first = try client.put("/keys/a", "one", ["Content-Type": "a/b", "Content-Encoding": "gzip"])
    let second = try client.put("/keys/a", "two")
    #expect(try #require(first["ETag"]) < #require(second["ETag"]))
    let get = try client.get("/keys/a")
    #expect(get.text == "two")
    #expect(get["Content-Type"] == "application/octet-stream")
    #expect(get["Content-Encoding"] == nil)
  }

  @Test(arguments: ["/keys/a", "/keys/", "/keys/%zz"]) func `OPTIONS names the methods`(path: String) throws {
    let options = try client.request("OPTIONS", path)
    #expect(options.status == 204)
    #expect(options["Allow"] == "GET, HEAD, PUT, DELETE, OPTIONS, PROPFIND, MKCOL")
  }

  @Test(arguments: ["POST", "PATCH", "TRACE", "PROPPATCH", "FOO", "get"])
  func `another method is answered 405 and the methods that are known`(method: String) throws {
    let answer = try client.request(method, "/keys/a", body: Array("body".utf8))
    #expect(answer.status == 405)
    #expect(answer["Allow"] == "GET, HEAD, PUT, DELETE, OPTIONS, PROPFIND, MKCOL")
    #expect(answer.problem == "method-not-allowed")
    #expect(try client.get("/keys/a").status == 404)
  }

  @Test(arguments: ["/", "/keys", "/key/a", "/Keys/a", "//keys/a", "/nothing", "/keys%2Fa", "*"])
  func `another path is answered 404`(path: String) throws {
    for method in ["GET", "PUT", "DELETE"] {
      let answer = try client.request(method, path, body: method == "PUT" ? [1] : nil)
      #expect(answer.status == 404)
      #expect(answer.problem == "not-found")
    }
  }

  @Test func `a partial write is refused and changes nothing`() throws {
    let put = try client.put("/keys/a", "new", ["Content-Range": "bytes 0-2/3"])
    #expect(put.status == 400)
    #expect(put.problem == "invalid-header")
    #expect(try client.get("/keys/a").status == 404)
  }

  @Test func `content type and encoding are kept as sent`() throws {
    let longest = "x/" + String(repeating: "y", count: 253)
    for (type, encoding) in [
      ("text/plain; charset=\"utf-8\"", "gzip"), ("image/png", "br, gzip"), (longest, longest), ("", ""),
    ] {
      #expect(
        try client.put("/keys/a", "v", ["Content-Type": type, "Content-Encoding": encoding]).status == 204)
      let get = try client.get("/keys/a")
      #expect(get["Content-Type"] == (type.isEmpty ? "application/octet-stream" : type))
      #expect(get["Content-Encoding"] == (encoding.isEmpty ? nil : encoding))
    }
  }

  @Test(arguments: ["Content-Type", "Content-Encoding"])
  func `a label too long to be kept is refused`(field: String) throws {
    let put = try client.put("/keys/a", "v", [field: String(repeating: "x", count: 256)])
    #expect(put.status == 400)
    #expect(put.problem == "invalid-header")
    #expect(put.text.contains(field))
    #expect(try client.get("/keys/a").status == 404)
  }

  @Test func `GET and DELETE take no body`() throws {
    _ = try client.put("/keys/a", "old")
    for method in ["GET", "DELETE"] {
      let answer = try client.request(method, "/keys/a", body: Array("body".utf8))
      #expect(answer.status == 413)
      #expect(answer.problem == "unexpected-body")
    }
    #expect(try client.get("/keys/a").text == "old")
    #expect(try client.request("GET", "/keys/a", body: []).status == 200)
  }
}

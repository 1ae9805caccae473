import Testing

/// What every cache client needs, whatever its name.
struct AllClientsTests {
  private let gateway: GatewayProcess
  private let client: HTTPClient

  init() throws {
    gateway = try GatewayProcess()
    client = try gateway.connect()
  }

  @Test(arguments: [
    "Basic c29tZW9uZTpzPmNyZXQ/", "Basic c29tZW9uZTpzPmNyZXQ_", "basic YTo=", "Basic YTo",
    "Bearer mF_9.B5f-4.1JqM",
    // What is no credentials harms nobody where none are needed.
    "Basic", "Basic %%%", "Basic YWI=", "Bearer", "Bearer a b", "Digest username=\"a\"", "", "nonsense",
  ])
  func `requests that need no credentials may carry any`(field: String) throws {
    let fields = ["Authorization": field]
    #expect(try client.put("/keys/a", "v", fields).status == 204)
    #expect(try client.request("GET", "/keys/a", fields).text == "v")
    #expect(try client.request("HEAD", "/keys/a", fields).status == 200)
    #expect(try client.request("PROPFIND", "/keys/a/", fields).status == 207)
    #expect(try client.request("DELETE", "/keys/a", fields).status == 204)
    #expect(try client.request("GET", "/keys/a", fields).status == 404)
    #expect(try client.request("GET", "/livez", fields).status == 200)
  }

  @Test func `every answer that has a body tells its length`() throws {
    _ = try client.put("/keys/a", "v")
    let requests: [(String, String, Int)] = [
      ("GET", "/keys/a", 200), ("GET", "/keys/none", 404), ("HEAD", "/keys/a", 200),
      ("HEAD", "/keys/none", 404),
      ("GET", "/keys/", 400), ("GET", "/none", 404), ("POST", "/keys/a", 405), ("PROPFIND", "/keys/", 207),
      ("PROPFIND", "/keys/none", 404), ("MKCOL", "/keys/a/", 201), ("GET", "/livez", 200),
    ]
    for (method, path, status) in requests {
      let answer = try client.request(method, path)
      #expect(answer.status == status)
      #expect(answer["Transfer-Encoding"] == nil)
      let length = try #require(answer["Content-Length"].flatMap(Int.init), "\(method) \(path)")
      if method != "HEAD" { #expect(length == answer.body.count) }
    }
    #expect(try client.put("/keys/a", "v", ["If-None-Match": "*"])["Content-Length"] != nil)
    #expect(try client.put("/keys/b", "v", ["If-None-Match": "*"])["Content-Length"] == "0")
    // An answer of 204 has no body, and no length either (RFC 9110 section 8.6).
    #expect(try client.put("/keys/a", "v")["Content-Length"] == nil)
    #expect(try client.delete("/keys/a")["Content-Length"] == nil)
  }

  @Test(arguments: ["", "identity", "gzip", "gzip, deflate, br, zstd", "*;q=0", "identity;q=0", "%"])
  func `a value comes back in the encoding it was stored with, whatever is accepted`(accepted: String) throws
  {
    let text = String(repeating: "compressible ", count: 1000)
    let fields = ["Accept-Encoding": accepted]
    _ = try client.put("/keys/plain", text)
    let plain = try client.request("GET", "/keys/plain", fields)
    #expect(plain["Content-Encoding"] == nil)
    #expect(plain.text == text)
    _ = try client.put("/keys/zipped", "not really", ["Content-Encoding": "gzip"])
    let zipped = try client.request("GET", "/keys/zipped", fields)
    #expect(zipped["Content-Encoding"] == "gzip")
    #expect(zipped.text == "not really")
  }
}

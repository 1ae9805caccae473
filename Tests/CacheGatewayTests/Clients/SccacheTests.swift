import Testing

/// What sccache needs. The requests are those of version 0.16.0 with SCCACHE_WEBDAV_ENDPOINT
/// `http://127.0.0.1:8080/keys`, SCCACHE_WEBDAV_KEY_PREFIX `sccache` and credentials, recorded while it
/// compiled.
struct SccacheTests {
  private let gateway: GatewayProcess
  private let client: HTTPClient

  init() throws {
    gateway = try GatewayProcess()
    client = try gateway.connect()
  }

  private static let folder = "/keys/sccache/9/c/2/"
  private static let path = folder + "9c2f11642d39c60c48fba2911cba50906ab4380b8eee82dae83cf99798392d82"
  private static let authorization = "authorization: Basic c29tZW9uZTpzPmNyZXQ/"
  private static let common = """
    accept: */*
    user-agent: sccache/0.16.0
    host: 127.0.0.1:8080
    """

  private static func request(_ method: String, _ path: String) -> RecordedRequest {
    RecordedRequest("\(method) \(path) HTTP/1.1\n\(authorization)\n\(common)")
  }

  private static func find(_ path: String) -> RecordedRequest {
    let body =
      "<?xml version=\"1.0\" encoding=\"utf-8\" ?><D:propfind xmlns:D=\"DAV:\"><D:allprop/></D:propfind>"
    return RecordedRequest(
      """
      PROPFIND \(path) HTTP/1.1
      content-type: application/xml
      content-length: \(body.utf8.count)
      \(authorization)
      depth: 0
      \(common)
      """, body: body)
  }

  private static func put(_ path: String, _ body: String) -> RecordedRequest {
    RecordedRequest(
      """
      PUT \(path) HTTP/1.1
      \(authorization)
      content-length: \(body.utf8.count)
      \(common)
      """, body: body)
  }

  @Test func `at its start it finds that it may read and write`() throws {
    let check = "/keys/sccache/.sccache_check"
    #expect(try client.send(Self.request("GET", check)).status == 404)
    #expect(try isCollection(client.send(Self.find("/keys/sccache/"))))
    #expect(try client.send(Self.put(check, "Hello, World!")).status == 204)
    #expect(try client.send(Self.request("GET", check)).text == "Hello, World!")
    #expect(try client.send(Self.put(check, "Hello, World!")).status == 204)
  }

  @Test func `a result is stored below a collection and loaded`() throws {
    #expect(try client.send(Self.request("GET", Self.path)).status == 404)
    #expect(try isCollection(client.send(Self.find(Self.folder))))
    #expect(try client.send(Self.put(Self.path, "object")).status == 204)
    let hit = try client.send(Self.request("GET", Self.path))
    #expect(hit.status == 200)
    #expect(hit.text == "object")
  }

  @Test func `its collection may be the root of all keys`() throws {
    #expect(try isCollection(client.send(Self.find("/keys/"))))
    #expect(try isCollection(client.send(Self.find("/keys//sccache/"))))
  }

  @Test func `a result is deleted, hit or miss, with 204`() throws {
    _ = try client.send(Self.put(Self.path, "object"))
    for _ in 0..<2 { #expect(try client.send(Self.request("DELETE", Self.path)).status == 204) }
  }

  /// As its parser wants it.
  private func isCollection(_ answer: HTTPResponse) throws -> Bool {
    let response = "multistatus/response"
    let tree = try XMLTree(answer.body)
    return answer.status == 207 && tree["\(response)/href"]?.hasPrefix("/keys/") == true
      && tree["\(response)/propstat/status"] == "HTTP/1.1 200 OK"
      && tree["\(response)/propstat/prop/getlastmodified"]?.hasSuffix(" GMT") == true
      && tree["\(response)/propstat/prop/resourcetype/collection"] != nil
  }
}

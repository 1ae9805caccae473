import Testing

/// What Bazel needs. The requests are those of version 4.2.3 with
/// `--remote_cache=http://someone:s%3Ecret%3F@127.0.0.1:8080/keys`, recorded while it built and built again.
struct BazelTests {
  private let gateway: GatewayProcess
  private let client: HTTPClient

  init() throws {
    gateway = try GatewayProcess()
    client = try gateway.connect()
  }

  private static let action = "/keys/ac/acec88cb5df0957cd9395dad4995a9eac7c0e04c37913766286a44f9705aa5b7"
  private static let blob = "/keys/cas/3b09aeb6f5f5336beb205d7f720371bc927cd46c21922e334d47ba264acb5ba4"

  private static func get(_ path: String) -> RecordedRequest {
    RecordedRequest(
      """
      GET \(path) HTTP/1.1
      host: 127.0.0.1:8080
      connection: keep-alive
      accept: */*
      accept-encoding: gzip
      authorization: Basic c29tZW9uZTpzPmNyZXQ_
      user-agent: bazel/
      """)
  }

  private static func put(_ path: String, _ body: [UInt8]) -> RecordedRequest {
    RecordedRequest(
      """
      PUT \(path) HTTP/1.1
      host: 127.0.0.1:8080
      accept: */*
      content-length: \(body.count)
      connection: keep-alive
      authorization: Basic c29tZW9uZTpzPmNyZXQ_
      user-agent: bazel/
      """, body: body)
  }

  @Test(arguments: [action, blob])
  func `a miss is 404, a hit 200, and both tell their length`(path: String) throws {
    let miss = try client.send(Self.get(path))
    #expect(miss.status == 404)
    #expect(miss["Content-Length"] == "\(miss.body.count)")
    #expect(try client.send(Self.put(path, Array("HELLO\n".utf8))).status == 204)
    let hit = try client.send(Self.get(path))
    #expect(hit.status == 200)
    #expect(hit["Content-Length"] == "6")
    #expect(hit.text == "HELLO\n")
  }

  @Test func `a blob that is there is put again`() throws {
    for _ in 0..<3 {
      let put = try client.send(Self.put(Self.blob, Array("HELLO\n".utf8)))
      #expect(put.status == 204)
      #expect(put.body.isEmpty)
    }
    #expect(try client.send(Self.get(Self.blob)).text == "HELLO\n")
  }

  @Test func `an empty blob is one`() throws {
    #expect(try client.send(Self.put(Self.blob, [])).status == 204)
    let hit = try client.send(Self.get(Self.blob))
    #expect(hit.status == 200)
    #expect(hit["Content-Length"] == "0")
  }

  @Test func `gzip that is accepted is not applied`() throws {
    let text = [UInt8](repeating: UInt8(ascii: "a"), count: 100_000)
    #expect(try client.send(Self.put(Self.blob, text)).status == 204)
    let hit = try client.send(Self.get(Self.blob))
    #expect(hit["Content-Encoding"] == nil)
    #expect(hit["Transfer-Encoding"] == nil)
    #expect(hit.body == text)
  }

  @Test func `the answer to a PUT is below Bazel's limit of 10 KiB, an error included`() throws {
    let gateway = try GatewayProcess("--max-value-size", "64KiB")
    let client = try gateway.connect()
    let tooLarge = [UInt8](repeating: 0, count: 64 * 1024 + 1)
    for (path, body, status) in [(Self.blob, [1], 204), (Self.blob, tooLarge, 413), ("/keys/%zz", [1], 400)] {
      let put = try client.send(Self.put(path, body))
      #expect(put.status == status)
      #expect(put.body.count < 1024)
    }
    for node in gateway.nodes { node.kill() }
    let failed = try client.send(Self.put(Self.blob, [1]))
    #expect(failed.status == 503)
    #expect(failed.body.count < 1024)
  }

  @Test func `many requests share a connection, hits and misses mixed`() throws {
    for number in 0..<50 {
      let path = "\(Self.action.dropLast(2))\(10 + number)"
      #expect(try client.send(Self.get(path)).status == 404)
      #expect(try client.send(Self.put(path, Array("\(number)".utf8))).status == 204)
      #expect(try client.send(Self.get(path)).text == "\(number)")
    }
  }
}

import Testing

/// What Gradle's HttpBuildCache needs. The requests are those of version 4.4.1 with the URL
/// `http://127.0.0.1:8080/keys/` and credentials, recorded while it built and built again.
struct GradleTests {
  private let gateway: GatewayProcess
  private let client: HTTPClient

  init() throws {
    gateway = try GatewayProcess()
    client = try gateway.connect()
  }

  private static let path = "/keys/423031602fc31c286c1a0ddf2a362f33"
  private static let contentType = "application/vnd.gradle.build-cache-artifact.v1"
  private static let common = """
    X-Gradle-Version: 4.4.1
    Host: 127.0.0.1:8080
    Connection: Keep-Alive
    User-Agent: Gradle/4.4.1 (Linux;6.1.0;amd64) (Debian;17.0.15;17.0.15+6-Debian-1deb12u1)
    Accept-Encoding: gzip,deflate
    Authorization: Basic c29tZW9uZTpzPmNyZXQ/
    """

  private static let get = RecordedRequest(
    """
    GET \(path) HTTP/1.1
    Accept: \(contentType), */*
    \(common)
    """)

  /// Gradle 4.4.1 sends no Expect. Later versions do when told to (`useExpectContinue = true`): in front of
  /// the body, which then waits for an answer of 100 (RFC 9110 section 10.1.1).
  private static func put(_ body: [UInt8], expects: Bool = false) -> RecordedRequest {
    RecordedRequest(
      """
      PUT \(path) HTTP/1.1
      Content-Type: \(contentType)
      \(expects ? "Expect: 100-continue\n" : "")Content-Length: \(body.count)
      \(common)
      """, body: expects ? [] : body)
  }

  @Test func `a build's output is stored and loaded with its type`() throws {
    let artifact = (0..<446).map { UInt8(truncatingIfNeeded: $0) }
    let miss = try client.send(Self.get)
    #expect(miss.status == 404)
    #expect(miss["Content-Length"] == "\(miss.body.count)")
    #expect(try client.send(Self.put(artifact)).status == 204)
    let hit = try client.send(Self.get)
    #expect(hit.status == 200)
    #expect(hit["Content-Type"] == Self.contentType)
    #expect(hit["Content-Encoding"] == nil)
    #expect(hit["Content-Length"] == "446")
    #expect(hit.body == artifact)
  }

  @Test func `with Expect the body is asked for, and then stored`() throws {
    let artifact = [UInt8](repeating: 7, count: 100_000)
    try client.stream.send(Self.put(artifact, expects: true).bytes)
    #expect(try client.response(to: "PUT").status == 100)
    try client.stream.send(artifact)
    #expect(try client.response(to: "PUT").status == 204)
    #expect(try client.send(Self.get).body == artifact)
  }

  @Test func `what is too large is answered 413, with Expect before it is sent`() throws {
    let gateway = try GatewayProcess("--max-value-size", "64KiB")
    let artifact = [UInt8](repeating: 7, count: 64 * 1024 + 1)
    #expect(try gateway.connect().send(Self.put(artifact)).status == 413)
    #expect(try gateway.connect().send(Self.put(artifact, expects: true)).status == 413)
    #expect(try gateway.connect().send(Self.get).status == 404)
  }

  @Test func `nodes that are away are a 503, which is not fatal to Gradle`() throws {
    for node in gateway.nodes { node.kill() }
    for request in [Self.get, Self.put([1])] {
      let answer = try client.send(request)
      #expect(answer.status == 503)
      #expect(answer["Retry-After"] == "1")
      #expect(answer["Content-Length"] == "\(answer.body.count)")
    }
  }

  @Test func `with when-unreachable miss nodes that are away cost a build nothing`() throws {
    let gateway = try GatewayProcess("--when-unreachable", "miss")
    let client = try gateway.connect()
    for node in gateway.nodes { node.kill() }
    #expect(try client.send(Self.get).status == 404)
  }
}

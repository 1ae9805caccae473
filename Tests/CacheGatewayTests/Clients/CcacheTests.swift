import Testing

/// What ccache needs. The requests are those of versions 4.7.5 and 4.14.2 with
/// `http://someone:s%3Ecret%3F@127.0.0.1:8080/keys`, recorded while they compiled and compiled again.
struct CcacheTests {
  private let gateway: GatewayProcess
  private let client: HTTPClient

  init() throws {
    gateway = try GatewayProcess()
    client = try gateway.connect()
  }

  enum Version: CaseIterable {
    case v475
    case v4142

    func head(_ method: String, _ path: String, length: Int?) -> String {
      switch self {
      case .v475:
        """
        \(method) \(path) HTTP/1.1
        Accept: */*
        Authorization: Basic c29tZW9uZTpzPmNyZXQ/
        \(length.map { "Content-Length: \($0)\nContent-Type: application/octet-stream\n" } ?? "")\
        Host: 127.0.0.1:8080
        User-Agent: ccache/4.7.5
        """
      case .v4142:
        """
        \(method) \(path) HTTP/1.1
        Authorization: Basic c29tZW9uZTpzPmNyZXQ/
        Accept-Encoding:\u{20}
        Accept: */*
        Host: 127.0.0.1:8080
        \(length.map { "Content-Length: \($0)\n" } ?? "")User-Agent: ccache/4.14.2\
        \(length == nil ? "" : "\nContent-Type: application/octet-stream")
        """
      }
    }

    func request(_ method: String, _ path: String) -> RecordedRequest {
      RecordedRequest(head(method, path, length: nil))
    }

    func put(_ path: String, _ body: [UInt8]) -> RecordedRequest {
      RecordedRequest(head("PUT", path, length: body.count), body: body)
    }
  }

  /// The layouts subdirs, flat and bazel.
  private static let paths = [
    "/keys/86/82e966bc42b0fbd3a2de6642f040847b84863b",
    "/keys/8682e966bc42b0fbd3a2de6642f040847b84863b",
    "/keys/ac/8682e966bc42b0fbd3a2de6642f040847b84863b8682e966bc42b0fbd3a2de66",
  ]

  @Test(arguments: Version.allCases, paths)
  func `results are stored and loaded in every layout`(version: Version, path: String) throws {
    let result = (0..<430).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    #expect(try client.send(version.request("GET", path)).status == 404)
    #expect(try client.send(version.put(path, result)).status == 204)
    let hit = try client.send(version.request("GET", path))
    #expect(hit.status == 200)
    #expect(hit["Content-Encoding"] == nil)
    #expect(hit.body == result)
  }

  @Test(arguments: Version.allCases) func `HEAD, sent before PUT with reshare, tells a result from none`(
    version: Version
  ) throws {
    #expect(try client.send(version.request("HEAD", Self.paths[0])).status == 404)
    #expect(try client.send(version.put(Self.paths[0], [1])).status == 204)
    let head = try client.send(version.request("HEAD", Self.paths[0]))
    #expect(head.status == 200)
    #expect(head["Content-Length"] == "1")
  }

  @Test(arguments: Version.allCases) func `DELETE never fails, so that the storage stays in use`(
    version: Version
  ) throws {
    _ = try client.send(version.put(Self.paths[0], [1]))
    for _ in 0..<2 { #expect(try client.send(version.request("DELETE", Self.paths[0])).status == 204) }
    #expect(try client.send(version.request("GET", Self.paths[0])).status == 404)
  }
}

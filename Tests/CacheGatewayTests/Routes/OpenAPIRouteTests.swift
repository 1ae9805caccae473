import Foundation
import Testing

struct OpenAPIRouteTests {
  private static let document = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../openapi.yaml")

  @Test func `the program serves openapi.yaml as it stands in the repository`() throws {
    let gateway = try GatewayProcess(nodes: 1)
    let get = try gateway.connectToAdmin().get("/openapi.yaml")
    #expect(get.status == 200)
    #expect(get["Content-Type"] == "application/yaml")
    #expect(get["Cache-Control"] == "no-store")
    #expect(get.body == Array(try Data(contentsOf: Self.document)))
    #expect(get.text.hasPrefix("openapi: 3."))
  }

  @Test func `it is there to be read, on the admin listener only`() throws {
    let gateway = try GatewayProcess(nodes: 1)
    let client = try gateway.connectToAdmin()
    let get = try client.get("/openapi.yaml")
    let head = try client.request("HEAD", "/openapi.yaml")
    #expect(head.status == 200)
    #expect(head["Content-Length"] == "\(get.body.count)")
    #expect(try client.request("OPTIONS", "/openapi.yaml")["Allow"] == "GET, HEAD, OPTIONS")
    for method in ["PUT", "DELETE", "PROPFIND"] {
      let refused = try client.request(method, "/openapi.yaml")
      #expect(refused.status == 405)
      #expect(refused.problem == "method-not-allowed")
    }
    #expect(try client.get("/openapi.yaml/").status == 404)
    #expect(try gateway.connect().get("/openapi.yaml").status == 404)
  }
}

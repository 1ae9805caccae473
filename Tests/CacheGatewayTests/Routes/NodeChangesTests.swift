import Foundation
import Testing

@testable import CacheGateway

/// PUT, DELETE and POST below /nodes of the real gateway.
struct NodeChangesTests {
  private static let json = ["Content-Type": "application/json"]
  private let gateway: GatewayProcess
  private let client: HTTPClient

  init() throws {
    gateway = try GatewayProcess(nodes: 2)
    client = try gateway.connectToAdmin()
  }

  private func put(_ name: String, _ body: String) throws -> HTTPResponse {
    try client.put("/nodes/\(name)", body, Self.json)
  }

  private func names() throws -> [String] {
    try client.get("/nodes").decoded(as: NodesAnswer.self).nodes.map(\.name)
  }

  private func detail(_ answer: HTTPResponse) throws -> String {
    struct Problem: Decodable { let detail: String }
    return try answer.decoded(as: Problem.self).detail
  }

  @Test func `a name that is taken is refused`() throws {
    let answer = try put("node-1", #"{"address":"127.0.0.1:\#(try Ports.reserve())"}"#)
    #expect(answer.status == 409)
    #expect(answer.problem == "node-name-taken")
    #expect(try detail(answer).contains("'node-1'"))
    #expect(try names() == ["node-1", "node-2"])
  }

  @Test func `an address that is taken is refused, and says whose it is`() throws {
    let address = "127.0.0.1:\(gateway.nodes[1].port)"
    let answer = try put("node-3", #"{"address":"\#(address)"}"#)
    #expect(answer.status == 409)
    #expect(answer.problem == "node-address-taken")
    #expect(try detail(answer).contains("\(address) is the address of the node 'node-2'"))
    #expect(try names() == ["node-1", "node-2"])
  }

  @Test func `a node that does not answer is not added`() throws {
    for address in ["127.0.0.1:\(try Ports.reserve())", "host.invalid:11211", "127.0.0.1:\(gateway.port)"] {
      let answer = try put("node-3", #"{"address":"\#(address)"}"#)
      #expect(answer.status == 502)
      #expect(answer.problem == "node-unreachable")
      #expect(try detail(answer).contains("'node-3' does not answer"))
    }
    #expect(try names() == ["node-1", "node-2"])
  }

  @Test func `an unknown node is not changed`() throws {
    let requests = [
      try put("node-3", #"{"weight":2}"#), try client.delete("/nodes/node-3"),
      try client.request("POST", "/nodes/node-3/drain"), try client.request("POST", "/nodes/node-3/restore"),
      try client.request("POST", "/nodes/node-3/flush"), try client.delete("/nodes/%zz"),
      try client.request("POST", "/nodes/node-1%2Fdrain/drain"), try client.delete("/nodes/node-1/drain/"),
    ]
    for answer in requests {
      #expect(answer.status == 404)
      #expect(answer.problem == "not-found")
    }
  }

  @Test func `the last node is neither removed nor drained`() throws {
    let gateway = try GatewayProcess(nodes: 1)
    let client = try gateway.connectToAdmin()
    for answer in [
      try client.delete("/nodes/node-1"), try client.request("POST", "/nodes/node-1/drain"),
    ] {
      #expect(answer.status == 409)
      #expect(answer.problem == "last-node")
    }
    #expect(try gateway.node("node-1").membership == "member")
  }

  @Test func `a flush empties this node, and no other`() throws {
    for node in gateway.nodes { try node.set("a", "v") }
    let answer = try client.request("POST", "/nodes/node%2D2/flush")
    #expect(answer.status == 204)
    #expect(answer.body.isEmpty)
    #expect(try gateway.nodes[0].item("a") != nil)
    #expect(try gateway.nodes[1].item("a") == nil)
  }

  @Test func `a node that is down cannot be flushed`() throws {
    gateway.nodes[1].kill()
    let answer = try client.request("POST", "/nodes/node-2/flush")
    #expect(answer.status == 502)
    #expect(answer.problem == "node-unreachable")
  }

  @Test(arguments: [
    ("a", #"{"weight":"2"}"#, "weight"), ("a", #"{"adress":"a:1"}"#, "'adress'"), ("a", "{", "JSON"),
    ("a", #"{"address":"nowhere"}"#, "address"), ("a%20b", #"{"weight":2}"#, "name"),
    ("a%2Fb", #"{"weight":2}"#, "name"), ("%FF", #"{"weight":2}"#, "name"), ("%zz", #"{"weight":2}"#, "name"),
    (String(repeating: "a", count: 101), #"{"weight":2}"#, "name"),
  ])
  func `a bad name or body is told with the member at fault`(name: String, body: String, named: String) throws
  {
    let answer = try put(name, body)
    #expect(answer.status == 400)
    #expect(answer.problem == "invalid-node")
    #expect(try detail(answer).contains(named))
  }

  @Test func `a body is short, and JSON, and stands where one is expected`() throws {
    let padding = String(repeating: " ", count: NodeFields.longestBody)
    let large = try put("node-1", #"{"weight":2}"# + padding)
    #expect(large.status == 413)
    #expect(large.problem == "node-too-large")
    for (method, path) in [("DELETE", "/nodes/node-1"), ("POST", "/nodes/node-1/flush")] {
      let answer = try client.request(method, path, body: [1])
      #expect(answer.status == 413)
      #expect(answer.problem == "unexpected-body")
    }
  }

  @Test(arguments: [
    ("/nodes/node-1", "GET, HEAD, PUT, DELETE, OPTIONS", ["POST", "PATCH", "MKCOL"]),
    ("/nodes/node-1/drain", "POST, OPTIONS", ["GET", "HEAD", "PUT", "DELETE"]),
    ("/nodes/node-1/restore", "POST, OPTIONS", ["GET", "PATCH"]),
    ("/nodes/node-1/flush", "POST, OPTIONS", ["GET", "PROPFIND"]),
  ])
  func `each path tells its methods`(path: String, allowed: String, others: [String]) throws {
    let options = try client.request("OPTIONS", path)
    #expect(options.status == 204)
    #expect(options["Allow"] == allowed)
    for method in others {
      let refused = try client.request(method, path)
      #expect(refused.status == 405)
      #expect(refused["Allow"] == allowed)
    }
  }

  @Test func `the pool cannot be changed where keys are served`() throws {
    let keys = try gateway.connect()
    #expect(try keys.delete("/nodes/node-1").status == 404)
    #expect(try keys.request("POST", "/nodes/node-1/flush").status == 404)
  }
}

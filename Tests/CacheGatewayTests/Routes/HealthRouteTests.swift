import Testing

struct HealthRouteTests {
  @Test func `both listeners tell that the gateway lives and is ready`() throws {
    let gateway = try GatewayProcess(nodes: 2)
    for client in [try gateway.connect(), try gateway.connectToAdmin()] {
      for path in ["/livez", "/readyz"] {
        let get = try client.get(path)
        #expect(get.status == 200)
        #expect(get["Content-Type"]?.hasPrefix("text/plain") == true)
        #expect(get["Cache-Control"] == "no-store")
        #expect(try client.request("HEAD", path).status == 200)
        #expect(try client.request("OPTIONS", path)["Allow"] == "GET, HEAD, OPTIONS")
        let put = try client.put(path, "x")
        #expect(put.status == 405)
        #expect(put["Allow"] == "GET, HEAD, OPTIONS")
      }
    }
  }

  @Test func `without a node the gateway lives but is not ready`() throws {
    let gateway = try GatewayProcess(nodes: 1)
    let client = try gateway.connect()
    gateway.nodes[0].kill()
    try eventually("the gateway is not ready") { try client.get("/readyz").status == 503 }
    #expect(try client.get("/readyz")["Retry-After"] != nil)
    #expect(try client.get("/livez").status == 200)
    try gateway.nodes[0].start()
    try eventually("the gateway is ready again") { try client.get("/readyz").status == 200 }
  }

  @Test func `one node of several is enough to be ready`() throws {
    let gateway = try GatewayProcess(nodes: 3)
    let client = try gateway.connectToAdmin()
    gateway.nodes[0].kill()
    gateway.nodes[1].kill()
    try eventually("one of three is up") { try client.get("/readyz").text.contains("1 of 3") }
    #expect(try client.get("/readyz").status == 200)
  }

  @Test func `the admin listener has no keys`() throws {
    let gateway = try GatewayProcess(nodes: 1)
    let client = try gateway.connectToAdmin()
    for method in ["GET", "PUT", "DELETE"] {
      #expect(try client.request(method, "/keys/a", body: method == "PUT" ? [1] : nil).status == 404)
    }
  }
}

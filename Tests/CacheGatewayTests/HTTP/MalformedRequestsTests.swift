import Testing

/// Requests that must not be taken for others: what two servers read differently, somebody will use.
struct MalformedRequestsTests {
  @Test(arguments: [
    "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "Content-Length: +5\r\n\r\nhello", "Content-Length: -5\r\n\r\nhello", "Content-Length: 5x\r\n\r\nhello",
    "Content-Length: 0x5\r\n\r\nhello", "Content-Length: 5, 5\r\n\r\nhello", "Content-Length: \r\n\r\n",
    "Content-Length: 99999999999999999999\r\n\r\n", "Content-Length : 5\r\n\r\nhello",
    "Transfer-Encoding: gzip\r\n\r\nhello", "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding: chunked\r\n\r\nx\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
    "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nx",
  ])
  func `a body whose end is in doubt is refused and the connection closed`(rest: String) throws {
    let gateway = try GatewayProcess(nodes: 1)
    let client = try gateway.connect()
    try client.stream.send("PUT /keys/a HTTP/1.1\r\nHost: x\r\n" + rest)
    // What comes after it must not be read as another request. Were it, it would end the connection.
    try client.stream.send(HTTPClient.bytes("PUT", "/keys/smuggled", ["Connection": "close"], body: [1]))
    client.stream.finishSending()
    let answers = try client.stream.receiveToEnd().text.split(separator: "\r\n")
    let statuses = answers.filter { $0.hasPrefix("HTTP/1.1 ") }.compactMap {
      Int($0.split(separator: " ")[1])
    }
    #expect(statuses.allSatisfy { [400, 413, 501].contains($0) }, "\(statuses)")
    let other = try gateway.connect()
    #expect(try other.get("/keys/smuggled").status == 404)
    #expect(try other.get("/keys/a").status == 404)
  }

  @Test(arguments: [
    "\r\n\r\nGET\r\n\r\n", "GET\r\n\r\n", "GET /keys/a\r\n\r\n", "\u{0}\u{1}\u{2}\u{3}\r\n\r\n",
    "GET /keys/a HTTP/9.9\r\n\r\n", "GET /keys/a HTTP/1.1\r\nbroken\r\n\r\n", "mg key v\r\n\r\n",
  ])
  func `what is no request does no harm`(text: String) throws {
    let gateway = try GatewayProcess(nodes: 1)
    let client = try gateway.connect()
    try client.stream.send(text)
    client.stream.close()
    let other = try gateway.connect()
    #expect(try other.put("/keys/a", "v").status == 204)
  }

  @Test func `a head that never ends is cut off`() throws {
    let gateway = try GatewayProcess(nodes: 1)
    let client = try gateway.connect()
    try client.stream.send("GET /keys/a HTTP/1.1\r\nHost: x\r\n")
    do {
      for number in 0..<2000 {
        try client.stream.send("X-Field-\(number): " + String(repeating: "x", count: 1000) + "\r\n")
      }
      let answer = try client.response()
      #expect((400...431).contains(answer.status))
    } catch is StreamError {
      // Closed without a word, which is as good.
    }
    #expect(try gateway.connect().get("/keys/a").status == 404)
  }
}

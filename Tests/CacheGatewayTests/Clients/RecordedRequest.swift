/// A request byte for byte as a client sends it.
struct RecordedRequest {
  let method: String
  let bytes: [UInt8]

  /// `head`: the request line and header fields, a line each.
  init(_ head: String, body: [UInt8] = []) {
    method = String(head.prefix { $0 != " " })
    bytes = Array((head.replacing("\n", with: "\r\n") + "\r\n\r\n").utf8) + body
  }

  init(_ head: String, body: String) {
    self.init(head, body: Array(body.utf8))
  }
}

extension HTTPClient {
  func send(_ request: RecordedRequest) throws -> HTTPResponse {
    try stream.send(request.bytes)
    return try response(to: request.method)
  }
}

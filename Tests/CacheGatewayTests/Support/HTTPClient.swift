import Glibc

/// An HTTP/1.1 connection under the test's control, down to single bytes.
final class HTTPClient {
  let stream: Stream
  /// Kept alive for as long as it is talked to.
  private let owner: AnyObject?

  init(port: UInt16, owner: AnyObject? = nil) throws {
    stream = try Stream(port: port)
    self.owner = owner
  }

  /// A request and its answer.
  func request(
    _ method: String, _ target: String, _ fields: [String: String] = [:], body: [UInt8]? = nil
  ) throws -> HTTPResponse {
    try stream.send(Self.bytes(method, target, fields, body: body))
    return try response(to: method)
  }

  func get(_ target: String) throws -> HTTPResponse { try request("GET", target) }

  func put(_ target: String, _ body: String, _ fields: [String: String] = [:]) throws -> HTTPResponse {
    try request("PUT", target, fields, body: Array(body.utf8))
  }

  func put(_ target: String, _ body: [UInt8], _ fields: [String: String] = [:]) throws -> HTTPResponse {
    try request("PUT", target, fields, body: body)
  }

  func delete(_ target: String) throws -> HTTPResponse { try request("DELETE", target) }

  /// A request as it goes over the wire.
  static func bytes(
    _ method: String, _ target: String, _ fields: [String: String] = [:], body: [UInt8]? = nil
  ) -> [UInt8] {
    var head = "\(method) \(target) HTTP/1.1\r\nHost: localhost\r\n"
    if let body { head += "Content-Length: \(body.count)\r\n" }
    for (name, value) in fields.sorted(by: { $0.key < $1.key }) { head += "\(name): \(value)\r\n" }
    return Array((head + "\r\n").utf8) + (body ?? [])
  }

  /// The next answer.
  func response(to method: String = "GET") throws -> HTTPResponse {
    let status = try stream.receiveLine()
    let words = status.split(separator: " ", maxSplits: 2)
    guard words.count >= 2, words[0] == "HTTP/1.1", let code = Int(words[1]) else {
      throw StreamError(description: "no status line: \(status)")
    }
    var response = HTTPResponse(status: code)
    while true {
      let line = try stream.receiveLine()
      if line.isEmpty { break }
      guard let colon = line.firstIndex(of: ":") else {
        throw StreamError(description: "no header field: \(line)")
      }
      let value = line[line.index(after: colon)...].drop { $0 == " " }
      response.fields.append((String(line[..<colon]), String(value)))
    }
    response.body = try body(response, method)
    return response
  }

  private func body(_ response: HTTPResponse, _ method: String) throws -> [UInt8] {
    if method == "HEAD" || response.status < 200 || [204, 304].contains(response.status) { return [] }
    if response["Transfer-Encoding"] == "chunked" { return try chunkedBody() }
    guard let length = response["Content-Length"].flatMap(Int.init) else {
      throw StreamError(description: "an answer \(response.status) without a length")
    }
    return try stream.receive(length)
  }

  /// RFC 9112 section 7.1, without trailers.
  private func chunkedBody() throws -> [UInt8] {
    var body: [UInt8] = []
    while let size = Int(try stream.receiveLine(), radix: 16) {
      body += try stream.receive(size)
      guard try stream.receiveLine().isEmpty else { break }
      if size == 0 { return body }
    }
    throw StreamError(description: "a chunk is not as it should be")
  }
}

struct HTTPResponse {
  let status: Int
  var fields: [(name: String, value: String)] = []
  var body: [UInt8] = []

  init(status: Int) {
    self.status = status
  }

  /// The value of the field of this name, which must not be there twice.
  subscript(name: String) -> String? {
    let values = fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    return values.count > 1 ? "several: \(values)" : values.first
  }

  var text: String { body.text }

  /// The last part of a problem document's type.
  var problem: String? {
    guard self["Content-Type"] == "application/problem+json" else { return nil }
    let type = text.split(separator: "\"").first { $0.hasPrefix("urn:cache-gateway:problem:") }
    return type?.split(separator: ":").last.map(String.init)
  }

  /// The number after `max-age=`.
  var maxAge: Int? {
    self["Cache-Control"].flatMap { $0.hasPrefix("max-age=") ? Int($0.dropFirst(8)) : nil }
  }

  /// A value within Cache-Status, such as `link` or `node`.
  func cacheStatus(_ name: String) -> String? {
    let words = (self["Cache-Status"] ?? "").split { " ;\"".contains($0) }
    return words.last { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
  }
}

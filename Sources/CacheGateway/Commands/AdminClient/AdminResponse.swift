import GatewayCore

/// An answer of the admin listener, which closes the connection after it.
struct AdminResponse {
  let status: Int
  let body: Bytes

  /// All that came over the connection; nil when this is no whole answer with a length (RFC 9112 section 6).
  init?(_ received: [UInt8]) {
    let blankLine = Array("\r\n\r\n".utf8)
    guard let end = received.firstRange(of: blankLine) else { return nil }
    let lines = String(decoding: received[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
    let words = lines.first?.split(separator: " ") ?? []
    guard words.count >= 2, words[0] == "HTTP/1.1", let status = Int(words[1]) else { return nil }
    self.status = status
    body = Bytes(received[end.upperBound...])
    guard body.count == Self.length(lines.dropFirst()) else { return nil }
  }

  /// As announced; none is as much as 0.
  private static func length(_ fields: ArraySlice<Substring>) -> Int? {
    for field in fields {
      let parts = field.split(separator: ":", maxSplits: 1)
      if parts.count == 2, parts[0].lowercased() == "content-length" {
        return Int(parts[1].filter { $0 != " " })
      }
    }
    return 0
  }
}

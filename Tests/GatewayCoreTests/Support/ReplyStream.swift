@testable import GatewayCore

/// Feeds a parser as a connection does, and lists what comes out.
struct ReplyStream {
  private var parser: MetaReplyParser
  private let lends: Bool

  init(longestValue: Int = 1 << 20, lends: Bool = false) {
    parser = MetaReplyParser(longestValue: longestValue)
    self.lends = lends
  }

  /// The replies that these bytes complete. However small the parser's destination, all bytes go in.
  mutating func feed(_ bytes: some Collection<UInt8>) throws(ProtocolViolation) -> [SeenReply] {
    var replies: [SeenReply] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = parser.take(rest)
      rest = rest.dropFirst(count)
      while let (reply, opaque) = try parser.next(lends: lends) { replies.append(SeenReply(reply, opaque)) }
    }
    return replies
  }

  mutating func feed(_ text: String) throws(ProtocolViolation) -> [SeenReply] {
    try feed(Array(text.utf8))
  }

  /// How many bytes the parser would take next.
  mutating func room() -> Int { parser.destination().first.count }
}

extension MetaReplyParser {
  /// As a socket does that has these bytes: fills the first room, then the one behind it. How many it took.
  mutating func take(_ bytes: some Collection<UInt8>) -> Int {
    let (first, behind) = destination()
    precondition(!first.isEmpty, "a read into no room would look like the end of the stream")
    first.copyBytes(from: bytes.prefix(first.count))
    let rest = bytes.dropFirst(first.count)
    behind.copyBytes(from: rest.prefix(behind.count))
    let count = min(bytes.count, first.count + behind.count)
    received(count)
    return count
  }
}

/// A reply in comparable form.
struct SeenReply: Equatable, CustomStringConvertible {
  let description: String
  /// Of a value.
  let bytes: [UInt8]

  init(_ description: String, bytes: [UInt8] = []) {
    self.description = description
    self.bytes = bytes
  }

  init(_ reply: MetaReply, _ opaque: UInt32?) {
    let suffix = opaque.map { " O\($0)" } ?? ""
    switch reply {
    case .value(let value):
      let lifetime = value.lifetime.seconds.map(String.init) ?? "-1"
      self.init(
        "value f\(value.clientFlags) t\(lifetime) c\(value.cas)" + suffix, bytes: value.bytes.array)
    case .statistics(let list):
      self.init("statistics \(list.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })")
    case .error(.server(let text)): self.init("server error: \(text)")
    case .error(.client(let text)): self.init("client error: \(text)")
    default: self.init("\(reply)" + suffix)
    }
  }
}

import GatewayCore

/// What every node holds, and so what it answers.
struct Script {
  /// A key's name on the nodes is `key-` and its number in six digits.
  static let keyLength = 10

  private let values: [Reply]
  private let heads: [Reply]

  /// The parts of a reply around the opaque of its command.
  struct Reply {
    let front: [UInt8]
    let end: [UInt8]
  }

  static func name(_ number: Int) -> String { "key-\(String(1_000_000 + number).dropFirst())" }

  /// A record of `bodySize` bytes under each key.
  init(_ keys: [Key], bodySize: Int) {
    var values: [Reply] = []
    var heads: [Reply] = []
    for key in keys {
      let stored = SampleRecord.stored(key, bodySize: bodySize)
      let value = stored.head + stored.body.array
      values.append(
        Reply(
          front: Array("VA \(value.count) f\(stored.clientFlags) t-1 c7 O".utf8),
          end: [13, 10] + value + [13, 10]))
      heads.append(Reply(front: Array("HD f\(stored.clientFlags) c7 O".utf8), end: [13, 10]))
    }
    self.values = values
    self.heads = heads
  }

  private static let done = Reply(front: Array("HD O".utf8), end: [13, 10])
  private static let stored = Reply(front: Array("HD c8 O".utf8), end: [13, 10])

  /// Of a command's first line.
  func reply(to line: UnsafeRawBufferPointer, isForNumber: Bool) -> Reply {
    guard line[0] == UInt8(ascii: "m"), line[1] == UInt8(ascii: "g") else {
      return isForNumber ? Self.stored : Self.done
    }
    let number = Self.number(line[(3 + 4)..<(3 + Self.keyLength)])
    return line[3 + Self.keyLength + 1] == UInt8(ascii: "v") ? values[number] : heads[number]
  }

  static func number(_ digits: Slice<UnsafeRawBufferPointer>) -> Int {
    digits.reduce(0) { $0 &* 10 &+ Int($1 &- 48) }
  }
}

/// A record as a gateway stores it.
enum SampleRecord {
  static let version = Version(time: 1_600_000_000_000_000_000, writer: 1)

  static func record(bodySize: Int) -> Record {
    Record(
      kind: .value, version: version, writtenAt: 1_600_000_000, contentType: Bytes("text/plain".utf8),
      body: Bytes([UInt8](repeating: 97, count: bodySize)))
  }

  /// As a node returns it.
  static func value(_ key: Key, bodySize: Int) throws(ProtocolViolation) -> MetaValue? {
    let stored = stored(key, bodySize: bodySize)
    let bytes = stored.head + stored.body.array
    var parser = MetaReplyParser(longestValue: bytes.count)
    let reply = Array("VA \(bytes.count) f\(stored.clientFlags) t-1 c7\r\n".utf8) + bytes + [13, 10]
    parser.destination().first.copyBytes(from: reply)
    parser.received(reply.count)
    guard case .value(let value)? = try parser.next()?.reply else { return nil }
    return value
  }

  static func stored(_ key: Key, bodySize: Int) -> MetaSet {
    RecordEncoder(record(bodySize: bodySize), for: key)
      .set(.set, lifetime: .forever, valueLifetime: .forever)
  }
}

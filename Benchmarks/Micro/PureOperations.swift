import GatewayCore

/// What needs no event loop: the codec, the chain order, the record.
enum PureOperations {
  /// Between looks at the clock, so that these cost nothing.
  private static let batch = 100

  static func all() throws -> [Operation] {
    let key = try Key(Script.name(0))
    return [encodeGet(key), encodeSet(key)] + replies(key) + [encodeRecord(key)] + (try decodeRecord(key))
      + [10, 100, 1000].flatMap(chainOrder)
  }

  private static func repeated(_ name: String, _ body: @escaping () -> Void) -> Operation {
    Operation(name: name, count: batch) { for _ in 0..<batch { body() } }
  }

  // MARK: Codec

  private static func encodeGet(_ key: Key) -> Operation {
    encode("encode a command: mg", .get(key.wireKey))
  }

  private static func encodeSet(_ key: Key) -> Operation {
    encode("encode a command: ms of 100 B", .set(key.wireKey, SampleRecord.stored(key, bodySize: 100)))
  }

  /// The output is sent and its memory used again, as it is at the end of each turn of the loop.
  private static func encode(_ name: String, _ command: MetaCommand) -> Operation {
    var output = OutputQueue()
    return Operation(name: name, count: batch) {
      for number in 0..<batch {
        output.append(command, opaque: UInt32(number), wallClock: WallTime(nanoseconds: 0))
      }
      while !output.isEmpty { output.consume(output.nextPieces().reduce(0) { $0 + $1.count }) }
    }
  }

  private static func replies(_ key: Key) -> [Operation] {
    let stored = SampleRecord.stored(key, bodySize: 100)
    let value = stored.head + stored.body.array
    return [
      parse(
        "parse a reply: VA of 100 B",
        "VA \(value.count) f\(stored.clientFlags) t-1 c7 O123456\r\n", value + [13, 10]),
      parse("parse a reply: HD", "HD f\(stored.clientFlags) c7 O123456\r\n"),
      parse("parse a reply: EN", "EN\r\n"),
    ]
  }

  private static func parse(_ name: String, _ line: String, _ value: [UInt8] = []) -> Operation {
    let reply = Array(line.utf8) + value
    let replies = Array([[UInt8]](repeating: reply, count: batch).joined())
    var parser = MetaReplyParser(longestValue: 1024 * 1024)
    return Operation(name: name, count: batch) {
      var rest = replies[...]
      while !rest.isEmpty {
        let space = parser.destination().first
        let count = min(space.count, rest.count)
        space.copyBytes(from: rest.prefix(count))
        rest = rest.dropFirst(count)
        parser.received(count)
        while let next = try? parser.next() { use(next) }
      }
    }
  }

  // MARK: Record

  private static func encodeRecord(_ key: Key) -> Operation {
    let record = SampleRecord.record(bodySize: 100)
    return repeated("encode a record's header, body of 100 B") {
      use(RecordEncoder(record, for: key).set(.set, lifetime: .forever, valueLifetime: .forever))
    }
  }

  private static func decodeRecord(_ key: Key) throws -> [Operation] {
    guard let value = try SampleRecord.value(key, bodySize: 100) else { return [] }
    return [repeated("decode a record, body of 100 B") { use(RecordDecoder.decode(value, for: key)) }]
  }

  // MARK: Chain order

  private static func chainOrder(_ nodes: Int) -> [Operation] {
    let equal = ChainOrder((0..<nodes).map { ChainOrder.Node(name: "node-\($0)") })
    let weighted = ChainOrder(
      (0..<nodes).map { ChainOrder.Node(name: "node-\($0)", weight: Double(1 + $0 % 3)) })
    var hash: UInt64 = 0
    func nextHash() -> UInt64 {
      hash &+= 0x9E37_79B9_7F4A_7C15
      return hash
    }
    return [
      repeated("first 2 links of \(nodes) nodes") { use(equal.first(2, forKeyHash: nextHash())) },
      repeated("first 2 links of \(nodes) nodes with weights") {
        use(weighted.first(2, forKeyHash: nextHash()))
      },
      repeated("whole chain of \(nodes) nodes") { use(equal.chain(forKeyHash: nextHash())) },
    ]
  }
}

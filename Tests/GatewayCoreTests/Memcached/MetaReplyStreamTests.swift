import Testing

@testable import GatewayCore

/// Replies come in whatever pieces the network makes of them, and sometimes not from memcached at all.
struct MetaReplyStreamTests {
  /// Some replies of every kind, values that hold what looks like replies among them.
  private static let pieces: [(text: String, reply: String, body: String)] = [
    ("HD O1\r\n", "done O1", ""), ("VA 3 f7 t-1 c12 O2\r\nabc\r\n", "value f7 t-1 c12 O2", "abc"),
    ("EN O3\r\n", "miss O3", ""), ("VA 0 f0 t9 c1 O4\r\n\r\n", "value f0 t9 c1 O4", ""),
    ("NS O5\r\n", "notStored O5", ""), ("EX O6\r\n", "exists O6", ""), ("NF O7\r\n", "notFound O7", ""),
    ("VA 14 f0 t-1 c2 O8\r\nHD O9\r\nEND\r\n\r\n\r\n", "value f0 t-1 c2 O8", "HD O9\r\nEND\r\n\r\n"),
    ("MN\r\n", "noop", ""), ("STAT a 1\r\nSTAT b x y\r\nEND\r\n", #"statistics ["a=1", "b=x y"]"#, ""),
    ("SERVER_ERROR out of memory\r\n", "server error: out of memory", ""),
    ("VA 2 f1 t1 c1 O10\r\n\r\n\r\n", "value f1 t1 c1 O10", "\r\n"), ("END\r\n", "statistics []", ""),
    ("CLIENT_ERROR line too long\r\n", "client error: CLIENT_ERROR line too long", ""),
    ("HD O4294967295\r\n", "done O4294967295", ""),
  ]

  private static let stream = pieces.flatMap { Array($0.text.utf8) }
  private static let replies = pieces.map { SeenReply($0.reply, bytes: Array($0.body.utf8)) }

  @Test(arguments: [false, true])
  func `replies are the same when the stream is cut in two anywhere`(lends: Bool) throws {
    for cut in 0...Self.stream.count {
      var stream = ReplyStream(lends: lends)
      let first = try stream.feed(Self.stream[..<cut])
      #expect(try first + stream.feed(Self.stream[cut...]) == Self.replies, "cut at \(cut)")
    }
  }

  @Test(arguments: [1, 2, 3, 7, 16]) func `replies are the same in pieces of one size`(size: Int) throws {
    var stream = ReplyStream()
    var replies: [SeenReply] = []
    for start in stride(from: 0, to: Self.stream.count, by: size) {
      replies += try stream.feed(Self.stream[start..<min(start + size, Self.stream.count)])
    }
    #expect(replies == Self.replies)
  }

  /// A stream of many replies with values of all sizes, past the buffer's capacity too, and what is in it.
  private func longStream(_ generator: inout SeededGenerator) -> (bytes: [UInt8], replies: [SeenReply]) {
    var bytes: [UInt8] = []
    var replies: [SeenReply] = []
    let sizes = [0, 1, 100, 2000, 65_520, 65_534, 65_535, 65_536, 65_537, 70_000, 200_000]
    for opaque in 0..<generator.int(5...60) {
      if generator.int(0...2) > 0 {
        let piece = Self.pieces[generator.int(0...Self.pieces.count - 1)]
        bytes += Array(piece.text.utf8)
        replies.append(SeenReply(piece.reply, bytes: Array(piece.body.utf8)))
      } else {
        let value = [UInt8](
          repeating: UInt8(truncatingIfNeeded: opaque), count: sizes[generator.int(0...sizes.count - 1)])
        bytes += Array("VA \(value.count) f3 t60 c4 O\(opaque)\r\n".utf8) + value + [13, 10]
        replies.append(SeenReply("value f3 t60 c4 O\(opaque)", bytes: value))
      }
    }
    return (bytes, replies)
  }

  @Test(arguments: [false, true])
  func `long streams in pieces of random sizes give the same replies`(lends: Bool) throws {
    for seed in 0..<150 as Range<UInt64> {
      var generator = SeededGenerator(seed: seed)
      let (bytes, expected) = longStream(&generator)
      let largest = [5, 100, 5000, 100_000][generator.int(0...3)]
      var stream = ReplyStream(lends: lends)
      var replies: [SeenReply] = []
      var position = 0
      while position < bytes.count {
        let end = min(bytes.count, position + generator.int(1...largest))
        replies += try stream.feed(bytes[position..<end])
        position = end
      }
      #expect(replies == expected, "seed \(seed)")
    }
  }

  @Test func `a part of a reply is waited for, never answered`() throws {
    for (text, _, _) in Self.pieces {
      let bytes = Array(text.utf8)
      for length in 0..<bytes.count {
        var stream = ReplyStream()
        #expect(try stream.feed(bytes[..<length]) == [], "\(length) bytes of \(text.debugDescription)")
      }
    }
  }

  /// Bytes that look like replies, more or less: whole ones, damaged ones, and noise.
  private func garbage(_ generator: inout SeededGenerator) -> [UInt8] {
    let words = [
      "VA ", "HD", "EN", "STAT ", "END", "SERVER_ERROR ", "\r\n", "\r", "\n", " ", "O", "f", "t-1", "c", "5",
      "18446744073709551615", "99999999999999999999", "-7", "\u{0}", "MN", "ERROR", "VA 5\r\nhello\r\n",
    ]
    var bytes: [UInt8] = []
    for _ in 0..<generator.int(1...8) {
      switch generator.int(0...3) {
      case 0: bytes += generator.bytes(generator.int(1...20))
      case 1: bytes += Array(Self.pieces[generator.int(0...Self.pieces.count - 1)].text.utf8)
      default: bytes += Array(words[generator.int(0...words.count - 1)].utf8)
      }
    }
    for _ in 0..<generator.int(0...2) {
      bytes[generator.int(0...bytes.count - 1)] ^= UInt8(1 << generator.int(0...7))
    }
    return bytes
  }

  @Test func `garbage is refused or waited on, without end or crash`() {
    var violations = 0
    for seed in 0..<100_000 as Range<UInt64> {
      var generator = SeededGenerator(seed: seed)
      let bytes = garbage(&generator)
      var stream = ReplyStream(longestValue: 100_000)
      var replies: [SeenReply] = []
      var position = 0
      do {
        while position < bytes.count {
          let end = min(bytes.count, position + generator.int(1...bytes.count))
          replies += try stream.feed(bytes[position..<end])
          position = end
        }
      } catch {
        violations += 1
      }
      // No reply comes out of nothing: the shortest has four bytes.
      #expect(replies.count <= bytes.count / 4, "seed \(seed)")
      #expect(replies.reduce(0) { $0 + $1.bytes.count } <= bytes.count, "seed \(seed)")
    }
    #expect(violations > 50_000)
  }

  @Test func `whatever garbage it is, it is the same in one piece and byte by byte`() {
    for seed in 0..<20_000 as Range<UInt64> {
      var generator = SeededGenerator(seed: seed)
      let bytes = garbage(&generator)
      let whole = outcome(bytes, size: bytes.count)
      #expect(whole == outcome(bytes, size: 1), "seed \(seed)")
      #expect(whole == outcome(bytes, size: bytes.count, lends: true), "seed \(seed)")
    }
  }

  @Test func `short values that are there are lent, others have memory of their own`() throws {
    func values(_ sizes: [Int], pieces: Int = 1) throws -> [Bytes] {
      let stream = sizes.flatMap {
        Array("VA \($0)\r\n".utf8) + [UInt8](repeating: 0x61, count: $0) + [13, 10]
      }
      var parser = MetaReplyParser(longestValue: 1 << 20)
      var rest = stream[...]
      var values: [Bytes] = []
      while !rest.isEmpty {
        rest = rest.dropFirst(parser.take(rest.prefix((stream.count + pieces - 1) / pieces)))
        while case .value(let value) = try parser.next(lends: true)?.reply { values.append(value.bytes) }
      }
      return values
    }
    let lent = try values([0, 100, MetaReplyParser.longestLent])
    #expect(lent[0].storage === lent[1].storage && lent[1].storage === lent[2].storage)
    let mixed = try values([100, MetaReplyParser.longestLent + 1, 100])
    #expect(mixed[0].storage === mixed[2].storage && mixed[0].storage !== mixed[1].storage)
    let parts = try values([100, 100, 100], pieces: 2)
    #expect(parts[0].storage !== parts[1].storage, "the second one was there in part only")
  }

  /// The replies, and last the violation if there was one.
  private func outcome(_ bytes: [UInt8], size: Int, lends: Bool = false) -> [SeenReply] {
    var parser = MetaReplyParser(longestValue: 100_000)
    var seen: [SeenReply] = []
    do {
      for start in stride(from: 0, to: bytes.count, by: size) {
        var piece = bytes[start..<min(start + size, bytes.count)]
        while !piece.isEmpty {
          piece = piece.dropFirst(parser.take(piece))
          while let (reply, opaque) = try parser.next(lends: lends) { seen.append(SeenReply(reply, opaque)) }
        }
      }
    } catch {
      seen.append(SeenReply("violation"))
    }
    return seen
  }
}

import Testing

@testable import GatewayCore

struct MetaReplyParserTests {
  @Test(arguments: [
    ("HD\r\n", "done"), ("HD O7\r\n", "done O7"), ("HD O4294967295\r\n", "done O4294967295"),
    ("EN\r\n", "miss"), ("EN O1\r\n", "miss O1"), ("NS O2\r\n", "notStored O2"),
    ("EX O3\r\n", "exists O3"), ("NF O4\r\n", "notFound O4"), ("MN\r\n", "noop"),
    ("SERVER_ERROR out of memory storing object\r\n", "server error: out of memory storing object"),
    ("CLIENT_ERROR bad data chunk\r\n", "client error: CLIENT_ERROR bad data chunk"),
    ("ERROR\r\n", "client error: ERROR"), ("END\r\n", "statistics []"),
    ("STAT pid 12\r\nSTAT version 1.6.18\r\nEND\r\n", #"statistics ["pid=12", "version=1.6.18"]"#),
    ("STAT empty \r\nSTAT none\r\nEND\r\n", #"statistics ["empty=", "none="]"#),
    ("STAT words a b c\r\nEND\r\n", #"statistics ["words=a b c"]"#),
  ])
  func `reads each kind of reply`(text: String, expected: String) throws {
    var stream = ReplyStream()
    #expect(try stream.feed(text).map(\.description) == [expected])
  }

  @Test(arguments: [
    ("VA 2 f0 t-1 c5 O9\r\nab\r\n", "value f0 t-1 c5 O9", "ab"),
    ("VA 0 f1 t0 c18446744073709551615 O1\r\n\r\n", "value f1 t0 c18446744073709551615 O1", ""),
    ("VA 2 f4294967295 t4294967295 c0\r\n\r\n\r\n", "value f4294967295 t4294967295 c0", "\r\n"),
    ("VA 5\r\nHD O1\r\n", "value f0 t-1 c0", "HD O1"),
    // Flags that were not asked for, or mean nothing here.
    ("VA 1 W X Z b kabc s1 t5\r\nx\r\n", "value f0 t5 c0", "x"),
    ("VA  1  t5  O2\r\nx\r\n", "value f0 t5 c0 O2", "x"),
  ])
  func `reads values with their flags, lifetime, number and opaque`(
    text: String, expected: String, body: String
  ) throws {
    var stream = ReplyStream()
    #expect(try stream.feed(text) == [SeenReply(expected, bytes: Array(body.utf8))])
  }

  @Test func `tells a full node and an oversized value apart`() throws {
    #expect(MetaError.server("out of memory storing object").isOutOfMemory)
    #expect(MetaError.server("object too large for cache").isTooLarge)
    #expect(!MetaError.server("object too large for cache").isOutOfMemory)
    #expect(!MetaError.client("out of memory storing object").isOutOfMemory)
  }

  static let longestValue = 1 << 20

  @Test(arguments: [
    "VA\r\n", "VA \r\n", "VA x\r\n", "VA -1\r\n", "VA +1\r\n", "VA 1x\r\n", "VA 0x1\r\n", "VA 1.0\r\n",
    "VA 1048577\r\n", "VA 18446744073709551615\r\n", "VA 18446744073709551616\r\n",
    "VA 99999999999999999999999\r\n", "VA 9223372036854775807\r\n", "VA 9223372036854775806\r\n",
    "VA 2 f\r\n", "VA 2 f-1\r\n", "VA 2 f4294967296\r\n", "VA 2 fx\r\n", "VA 2 c-1\r\n",
    "VA 2 c18446744073709551616\r\n", "VA 2 O4294967296\r\n", "VA 2 O\r\n", "VA 2 t-2\r\n", "VA 2 t\r\n",
    "VA 2 t4294967296\r\n", "VA 2\r\nabc\r\n", "VA 2\r\nab\n\n", "VA 2\r\nabHD", "VA 2\r\nab\r\r",
    "HD O\r\n", "HD Ox\r\n", "HD O-1\r\n", "HD O1.5\r\n", "\r\n", "\n", "HD\n", "HD O1\n", "EN O1\r\r\n\n",
    "HDO1\r\n", "HDX\r\n", "hd\r\n", "H\r\n", "XX\r\n", "OKAY\r\n", "STORED\r\n", "VALUE k 0 1\r\n",
    "STAT\r\n",
    "STAT \r\n", "STAT a 1\r\nHD\r\n", "STAT a 1\r\n\r\n", "SERVER_ERRO\r\n", "ENDX\r\n", "\u{0}\u{0}\r\n",
    "HTTP/1.1 400 Bad Request\r\n", "-ERR unknown command 'mg'\r\n",
  ])
  func `refuses what is no reply`(text: String) {
    var stream = ReplyStream(longestValue: Self.longestValue)
    #expect(throws: ProtocolViolation.self) { try stream.feed(text) }
  }

  @Test func `takes the longest value, and refuses one more byte before there is any room for it`() throws {
    var stream = ReplyStream(longestValue: 1000)
    #expect(try stream.feed("VA 1000\r\n") == [])
    #expect(try stream.feed([UInt8].printable(1000) + [13, 10]).count == 1)
    #expect(throws: ProtocolViolation.self) { try stream.feed("VA 1001\r\n") }
  }

  @Test func `refuses a line without an end once it is longer than any reply`() throws {
    var stream = ReplyStream()
    #expect(try stream.feed("HD " + String(repeating: "k", count: 2000)) == [])
    #expect(throws: ProtocolViolation.self) { try stream.feed(String(repeating: "k", count: 100)) }
  }

  @Test func `refuses an endless list of statistics`() throws {
    var stream = ReplyStream()
    for number in 0..<100_000 { #expect(try stream.feed("STAT s\(number) 1\r\n") == []) }
    #expect(throws: ProtocolViolation.self) { try stream.feed("STAT more 1\r\n") }
  }

  @Test func `refuses an endless list also of one statistic over and over`() {
    var stream = ReplyStream()
    #expect(throws: ProtocolViolation.self) {
      for _ in 0..<200_000 { _ = try stream.feed("STAT same 1\r\n") }
    }
  }

  @Test func `lists of statistics do not run into each other`() throws {
    var stream = ReplyStream()
    for round in 0..<5 {
      for number in 0..<5000 { #expect(try stream.feed("STAT s\(number) \(round)\r\n") == []) }
      #expect(try stream.feed("END\r\n").count == 1)
    }
  }

  @Test func `a long value is received straight into its own storage`() throws {
    var stream = ReplyStream()
    #expect(try stream.feed("VA 500000 O1\r\nabc") == [])
    #expect(stream.room() == 500_000 + 2 - 3)
    #expect(try stream.feed([UInt8](repeating: 1, count: 400_000)) == [])
    #expect(stream.room() == 100_000 + 2 - 3)
  }

  @Test func `what is shown of a violation is short`() {
    var stream = ReplyStream()
    do {
      _ = try stream.feed(String(repeating: "x", count: 2000) + "\r\n")
      Issue.record("no violation")
    } catch {
      #expect(error.description.count < 200)
    }
  }
}

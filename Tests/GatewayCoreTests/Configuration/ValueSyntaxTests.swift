import Testing

@testable import GatewayCore

struct ValueSyntaxTests {
  @Test(
    arguments: [
      ("0", 0), ("0ms", 0), ("250ms", 250), ("1", 1000), ("90s", 90_000), ("10m", 600_000), ("2h", 7_200_000),
      ("7d", 604_800_000), ("3650d", 315_360_000_000), ("315360000", 315_360_000_000), ("007s", 7000),
      ("315360000000ms", 315_360_000_000),
    ] as [(String, Int64)])
  func `durations count seconds, or the unit they name`(text: String, milliseconds: Int64) throws {
    #expect(try ValueSyntax.duration(text) == .milliseconds(milliseconds))
  }

  @Test(arguments: [
    "", " ", "s", "ms", "-1s", "+1s", "1.5s", "1 s", " 1s", "1s ", "1S", "1M", "1MS", "1w", "1us", "10m30s",
    "1e3",
    "0x10", "٣s", "1\u{301}s", "none", "9223372036854775807d", "9223372036854775808", "99999999999999999999s",
    "3651d", "315360001", "315360000001ms", "87601h",
  ])
  func `what is no duration, or longer than 10 years, is refused and named`(text: String) {
    #expect {
      try ValueSyntax.duration(text)
    } throws: {
      "\($0)".contains("'\(text)'")
    }
  }

  @Test(
    arguments: [
      ("1", 1), ("90", 90), ("90s", 90), ("10m", 600), ("2h", 7200), ("7d", 604_800), ("3650d", 315_360_000),
    ] as [(String, UInt32)])
  func `lifetimes are whole seconds`(text: String, seconds: UInt32) throws {
    for allowsNone in [true, false] {
      #expect(try ValueSyntax.lifetime(text, allowsNone: allowsNone) == .seconds(seconds))
    }
  }

  @Test(arguments: [
    "0", "0s", "0d", "", "none ", "None", "-1", "1.5", "1000ms", "0ms", "3651d", "forever", "1y",
  ])
  func `what is no lifetime is refused`(text: String) {
    for allowsNone in [true, false] {
      #expect(throws: SyntaxError.self) { try ValueSyntax.lifetime(text, allowsNone: allowsNone) }
    }
  }

  @Test func `no limit is a lifetime only where it is allowed`() throws {
    #expect(try ValueSyntax.lifetime("none", allowsNone: true) == .forever)
    #expect(throws: SyntaxError.self) { try ValueSyntax.lifetime("none", allowsNone: false) }
  }

  @Test(arguments: [
    ("0", 0), ("1", 1), ("100B", 100), ("512KiB", 524_288), ("64MiB", 67_108_864), ("1GiB", 1_073_741_824),
  ])
  func `sizes count bytes, or the unit they name`(text: String, bytes: Int) throws {
    #expect(try ValueSyntax.size(text) == bytes)
  }

  @Test(arguments: [
    "", "B", "MiB", "-1", "1.5MiB", "1 MiB", "64MB", "64M", "64mib", "1TiB", "9223372036854775808",
    "9223372036854775807KiB", "99999999999999999999GiB",
  ])
  func `what is no size is refused`(text: String) {
    #expect(throws: SyntaxError.self) { try ValueSyntax.size(text) }
  }

  @Test func `whole numbers are taken within their range`() throws {
    #expect(try ValueSyntax.integer("1", 1...16) == 1)
    #expect(try ValueSyntax.integer("16", 1...16) == 16)
    for text in ["0", "17", "-1", "", "1.0", "two", " 1", "1 ", "99999999999999999999"] {
      #expect(throws: SyntaxError("'\(text)' is not a whole number from 1 to 16")) {
        try ValueSyntax.integer(text, 1...16)
      }
    }
  }

  @Test func `a choice is one of its words, in lower case`() throws {
    #expect(try ValueSyntax.choice("sequential", ChainSettings.ReadMode.self) == .sequential)
    for text in ["Parallel", "", "parallel ", "quorum"] {
      #expect(throws: SyntaxError("'\(text)' is not one of parallel, sequential")) {
        try ValueSyntax.choice(text, ChainSettings.ReadMode.self)
      }
    }
  }

  @Test(
    arguments: [
      ("127.0.0.1:8080", "127.0.0.1", 8080), ("cache-a.example:1", "cache-a.example", 1),
      ("[::1]:65535", "::1", 65535), ("[fe80::1%eth0]:80", "fe80::1%eth0", 80),
    ] as [(String, String, UInt16)])
  func `addresses are a host and a port`(text: String, host: String, port: UInt16) throws {
    let endpoint = try ValueSyntax.endpoint(text)
    #expect(endpoint == Endpoint(host: host, port: port))
    #expect(endpoint.description == text)
  }

  @Test(arguments: [
    "", ":", "host", "host:", ":80", "host:x", "host:-1", "host:65536", "host:80 ", "ho st:80", "::1:80",
    "[]:80", "[::1]", "[::1]80", "[::1", "http://host:80", "host:0", "host:+80", "[host:80", "host]:80",
    "[[::1]]:80", "a\0b:80", "a\u{1}:80", "b\u{FC}cher.example:80", "user@host:80",
  ])
  func `what is no address is refused`(text: String) {
    #expect(throws: SyntaxError.self) { try ValueSyntax.endpoint(text) }
  }

  @Test func `port 0 is an address only to listen at`() throws {
    #expect(try ValueSyntax.endpoint("127.0.0.1:0", allowsPortZero: true).port == 0)
    #expect(throws: SyntaxError.self) { try ValueSyntax.endpoint("127.0.0.1:0") }
  }

  @Test(arguments: [
    ("10.0.0.1:11211", NodeConfiguration(name: "10.0.0.1:11211", host: "10.0.0.1", port: 11211)),
    ("a=10.0.0.1:11211", NodeConfiguration(name: "a", host: "10.0.0.1", port: 11211)),
    ("a=10.0.0.1:11211*2.5", NodeConfiguration(name: "a", host: "10.0.0.1", port: 11211, weight: 2.5)),
    ("10.0.0.1:1*3", NodeConfiguration(name: "10.0.0.1:1", host: "10.0.0.1", port: 1, weight: 3)),
    ("[::1]:11211", NodeConfiguration(name: "[::1]:11211", host: "::1", port: 11211)),
    ("six=[::1]:11211*0.5", NodeConfiguration(name: "six", host: "::1", port: 11211, weight: 0.5)),
  ])
  func `nodes have an address and may have a name and a weight`(text: String, node: NodeConfiguration) throws
  {
    #expect(try ValueSyntax.node(text) == node)
  }

  @Test(arguments: [
    "", "a", "a=", "=h:1", "a b=h:1", "ä=h:1", "a/b=h:1", "a=h:1*", "a=h:1*x", "a=h:1*0", "a=h:1*-1",
    "a=h:1*1001",
    "a=h:1*nan", "a=h:1*inf", "a=h:0", "a=h",
  ])
  func `what is no node is refused`(text: String) {
    #expect(throws: SyntaxError.self) { try ValueSyntax.node(text) }
  }

  @Test func `node names have 1 to 100 plain characters`() throws {
    let longest = String(repeating: "n", count: 100)
    for name in ["a", "A9", "cache-a_1.example:11211", "[::1]:1", longest] {
      #expect(try ValueSyntax.nodeName(name) == name)
    }
    for name in ["", longest + "n", "a b", "a\"b", "a/b", "a\nb", "a;b", "naïve", "a%b"] {
      #expect(throws: SyntaxError.self) { try ValueSyntax.nodeName(name) }
    }
  }
}

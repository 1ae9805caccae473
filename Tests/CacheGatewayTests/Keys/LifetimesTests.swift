import Glibc
import Testing

struct LifetimesTests {
  /// What may be left a moment after so many seconds were given. Above 30 days memcached counts to a point
  /// in time, by a clock of its own that may be behind.
  private static func range(_ seconds: Int) -> ClosedRange<Int> {
    seconds - 30...seconds + (seconds > 30 * 86400 ? 2 : 0)
  }

  @Test(arguments: [
    ("90", 90), ("90s", 90), ("10m", 600), ("2h", 7200), ("7d", 604_800), ("40d", 3_456_000),
    ("3650d", 315_360_000),
  ])
  func `the parameter ttl says how long a value lives`(text: String, seconds: Int) throws {
    let gateway = try GatewayProcess()
    let client = try gateway.connect()
    #expect(try client.put("/keys/a?ttl=\(text)", "v").status == 204)
    let get = try client.get("/keys/a")
    let left = try #require(get.maxAge)
    #expect(Self.range(seconds).contains(left))
    #expect(get["Cache-Status"]?.contains("; hit; ttl=\(left); ") == true)
  }

  @Test func `max-age says how long a value lives where ttl does not`() throws {
    let gateway = try GatewayProcess()
    let client = try gateway.connect()
    let cases: [(query: String, control: String, seconds: Int)] = [
      ("", "max-age=500", 500), ("", "public, Max-Age=500", 500), ("", "max-age=\"500\"", 500),
      ("", "no-transform ,\tmax-age=500 ", 500), ("?ttl=100", "max-age=500", 100),
      ("?other=1", "max-age=500", 500),
      ("", "no-cache", 31_536_000), ("", "s-maxage=5", 31_536_000), ("", "", 31_536_000),
      ("", "max-age=99999999999", 315_360_000), ("?ttl=100&ttl=200", "", 100),
      ("?ttl=%31%30m", "", 600), ("", "no-transform\r\nCache-Control: max-age=500", 500),
      ("", "max-age=99999999999999999999", 315_360_000),
    ]
    for (query, control, seconds) in cases {
      #expect(try client.put("/keys/a\(query)", "v", ["Cache-Control": control]).status == 204)
      let left = try #require(try client.get("/keys/a").maxAge)
      #expect(Self.range(seconds).contains(left), "\(query) \(control)")
    }
  }

  @Test func `a lifetime that does not read as one is refused and nothing stored`() throws {
    let gateway = try GatewayProcess()
    let client = try gateway.connect()
    for text in [
      "", "0", "0s", "-1", "1.5s", "abc", "10x", "500ms", "3651d", "1%20h", "none", "99999999999999999999",
    ] {
      let put = try client.put("/keys/a?ttl=\(text)", "v")
      #expect(put.status == 400, "ttl=\(text)")
      #expect(put.problem == "invalid-parameter")
    }
    for control in [
      "max-age", "max-age=", "max-age=x", "max-age=-1", "max-age=+1", "max-age=0", "max-age=1.5",
    ] {
      let put = try client.put("/keys/a", "v", ["Cache-Control": control])
      #expect(put.status == 400, "\(control)")
      #expect(put.problem == "invalid-header")
    }
    #expect(try client.get("/keys/a").status == 404)
  }

  @Test func `values that name no lifetime get the default one`() throws {
    let gateway = try GatewayProcess(nodes: 2, "--default-ttl", "2h")
    let client = try gateway.connect()
    _ = try client.put("/keys/a", "v")
    #expect(try (7170...7200).contains(#require(client.get("/keys/a").maxAge)))
    _ = try client.put("/keys/a?ttl=10m", "v")
    #expect(try (570...600).contains(#require(client.get("/keys/a").maxAge)))
  }

  @Test(.waiting) func `a value is gone when its lifetime is over`() throws {
    // Their clocks do not tick at the same moment, so one node drops its copy before the other.
    let nodes = try ["node-1", "node-2"].map { name in
      usleep(400_000)
      return try MemcachedNode(name: name)
    }
    let gateway = try GatewayProcess(in: nodes, [])
    let client = try gateway.connect()
    _ = try client.put("/keys/short?ttl=2", "v")
    _ = try client.put("/keys/long?ttl=1h", "v")
    #expect(try client.get("/keys/short").status == 200)
    try eventually("the value is gone") { try client.get("/keys/short").status == 404 }
    #expect(try client.get("/keys/long").status == 200)
  }

  @Test func `the age of a value counts from its PUT`() throws {
    let gateway = try GatewayProcess()
    let client = try gateway.connect()
    _ = try client.put("/keys/a", "v")
    let first = try client.get("/keys/a")
    try eventually("the value grows older") {
      try #require(client.get("/keys/a")["Age"].flatMap(Int.init)) > 0
    }
    #expect(try client.get("/keys/a")["Last-Modified"] == first["Last-Modified"])
  }
}

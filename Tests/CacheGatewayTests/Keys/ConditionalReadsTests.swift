import Testing

/// Conditions on GET and HEAD (RFC 9110 section 13).
struct ConditionalReadsTests {
  /// Fields in which `$` stands for the value's tag and `@` for its date, and the answer's status.
  struct Case: CustomStringConvertible, Sendable {
    let fields: [String: String]
    let status: Int

    init(_ status: Int, _ fields: [String: String]) {
      self.status = status
      self.fields = fields
    }

    var description: String { "\(status) for \(fields)" }

    func fields(tag: String, date: String) -> [String: String] {
      fields.mapValues {
        $0.split(separator: "$", omittingEmptySubsequences: false).joined(separator: tag)
          .split(separator: "@", omittingEmptySubsequences: false).joined(separator: date)
      }
    }
  }

  private static let older = "\"0000000000000001-00000001\""
  private static let foreign = "\"somebody-elses\""
  private static let past = "Sat, 01 Jan 2000 00:00:00 GMT"
  private static let future = "Fri, 31 Dec 9999 23:59:59 GMT"

  static let cases = [
    Case(200, [:]),
    Case(304, ["If-None-Match": "$"]), Case(304, ["If-None-Match": "W/$"]), Case(304, ["If-None-Match": "*"]),
    Case(304, ["if-none-match": "\(foreign), $"]),
    Case(304, ["If-None-Match": "\(foreign)\r\nIf-None-Match: $"]),
    Case(200, ["If-None-Match": older]), Case(200, ["If-None-Match": "\(foreign), W/\(older)"]),
    Case(200, ["If-Match": "$"]), Case(200, ["If-Match": "*"]), Case(200, ["IF-MATCH": "\(foreign), $"]),
    Case(412, ["If-Match": "W/$"]), Case(412, ["If-Match": older]), Case(412, ["If-Match": foreign]),
    Case(304, ["If-Modified-Since": "@"]), Case(304, ["If-Modified-Since": future]),
    Case(200, ["If-Modified-Since": past]), Case(200, ["If-Modified-Since": "Sat Jan  1 00:00:00 2000"]),
    Case(200, ["If-Modified-Since": "Saturday, 01-Jan-00 00:00:00 GMT"]),
    Case(200, ["If-Modified-Since": "tomorrow"]), Case(200, ["If-Modified-Since": ""]),
    Case(200, ["If-Modified-Since": "@, @"]), Case(200, ["If-Modified-Since": "@\r\nIf-Modified-Since: @"]),
    Case(200, ["If-Unmodified-Since": "@"]), Case(200, ["If-Unmodified-Since": future]),
    Case(412, ["If-Unmodified-Since": past]), Case(412, ["If-Unmodified-Since": "Sat Jan  1 00:00:00 2000"]),
    Case(200, ["If-Unmodified-Since": "yesterday"]), Case(200, ["If-Unmodified-Since": "\(past), \(past)"]),
    // What goes before what (section 13.2.2).
    Case(200, ["If-Match": "$", "If-Unmodified-Since": past]),
    Case(412, ["If-Match": foreign, "If-Unmodified-Since": future]),
    Case(200, ["If-None-Match": foreign, "If-Modified-Since": future]),
    Case(304, ["If-None-Match": "$", "If-Modified-Since": past]),
    Case(412, ["If-Match": foreign, "If-None-Match": "$"]),
    Case(304, ["If-Match": "$", "If-None-Match": "$"]),
    Case(412, ["If-Unmodified-Since": past, "If-None-Match": "$"]),
    Case(304, ["If-Unmodified-Since": "@", "If-Modified-Since": "@"]),
    Case(304, ["If-Match": "*", "If-Modified-Since": "@"]),
    // Ranges come after them.
    Case(304, ["If-None-Match": "$", "Range": "bytes=0-1"]),
    Case(412, ["If-Match": foreign, "Range": "bytes=9-"]),
    Case(304, ["If-Modified-Since": "@", "Range": "bytes=99-"]),
    Case(200, ["If-Range": "$"]), Case(200, ["If-Range": "nonsense"]),
  ]

  private let gateway: GatewayProcess
  private let client: HTTPClient

  init() throws {
    gateway = try GatewayProcess()
    client = try gateway.connect()
  }

  @Test func `on a value that is there`() throws {
    _ = try client.put("/keys/k?ttl=1h", "hello", ["Content-Type": "text/plain"])
    let plainGet = try client.get("/keys/k")
    let (tag, date) = (try #require(plainGet["ETag"]), try #require(plainGet["Last-Modified"]))
    for item in Self.cases {
      for method in ["GET", "HEAD"] {
        let answer = try client.request(method, "/keys/k", item.fields(tag: tag, date: date))
        #expect(answer.status == item.status, "\(method) \(item)")
        #expect(answer.cacheStatus("link") == "1", "\(method) \(item)")
        if item.status == 412, method == "GET" { #expect(answer.problem == "condition-failed") }
        if item.status == 200, method == "GET" { #expect(answer.text == "hello") }
      }
    }
    // Nothing of a body came after any of them.
    #expect(try client.get("/keys/k").text == "hello")
  }

  @Test func `on a key that is not there none of them counts`() throws {
    _ = try client.put("/keys/deleted", "hello")
    _ = try client.delete("/keys/deleted")
    for item in Self.cases {
      for (method, key) in [("GET", "never"), ("HEAD", "never"), ("GET", "deleted"), ("HEAD", "deleted")] {
        let fields = item.fields(tag: Self.older, date: Self.future)
        #expect(try client.request(method, "/keys/\(key)", fields).status == 404, "\(method) \(item)")
      }
    }
  }

  @Test func `304 tells what a cache has to know, and has no body`() throws {
    let put = try client.put("/keys/k?ttl=1h", "hello", ["Content-Type": "text/plain"])
    let tag = try #require(put["ETag"])
    let get = try client.get("/keys/k")
    for method in ["GET", "HEAD"] {
      let answer = try client.request(method, "/keys/k", ["If-None-Match": tag])
      #expect(answer.status == 304)
      for name in ["ETag", "Last-Modified", "Cache-Status"] {
        #expect(answer[name]?.split(separator: "ttl=").first == get[name]?.split(separator: "ttl=").first)
      }
      #expect(try (3500...3600).contains(#require(answer.maxAge)))
      #expect(try (0...60).contains(#require(answer["Age"].flatMap(Int.init))))
      #expect(answer["Date"] != nil)
      #expect(answer["Content-Type"] == nil)
      // Of the body that is not sent (RFC 9110 section 8.6).
      #expect(answer["Content-Length"] == "5")
      #expect(answer["Transfer-Encoding"] == nil)
    }
    #expect(try client.get("/keys/k").text == "hello")
  }

  @Test func `a value that was replaced is sent to those who have the old one`() throws {
    let first = try #require(client.put("/keys/k", "one")["ETag"])
    let second = try #require(client.put("/keys/k", "two")["ETag"])
    #expect(try client.request("GET", "/keys/k", ["If-None-Match": first]).text == "two")
    #expect(try client.request("GET", "/keys/k", ["If-None-Match": "\(first), \(second)"]).status == 304)
    #expect(try client.request("GET", "/keys/k", ["If-Match": first]).status == 412)
  }

  @Test(arguments: [
    ["Cache-Gateway-Read": "first"], ["Cache-Gateway-Read": "newest"], ["X-If-None-Match": "*", "Iffy": "*"],
  ])
  func `other fields change nothing about it`(other: [String: String]) throws {
    let tag = try #require(client.put("/keys/k", "hello")["ETag"])
    #expect(try client.request("GET", "/keys/k", other).status == 200)
    let both = other.merging(["If-None-Match": tag]) { $1 }
    #expect(try client.request("GET", "/keys/k", both).status == 304)
  }

  @Test func `a plain item has a tag and no date`() throws {
    for node in gateway.nodes { try node.set("plain", "by another client") }
    let tag = try #require(client.get("/keys/plain")["ETag"])
    for (fields, status) in [
      (["If-None-Match": tag], 304), (["If-None-Match": "\"plain-0000000000000000\""], 200),
      (["If-Match": tag], 200), (["If-Match": Self.foreign], 412), (["If-Modified-Since": Self.future], 200),
      (["If-Unmodified-Since": Self.past], 200), (["If-None-Match": "*"], 304),
    ] {
      let answer = try client.request("GET", "/keys/plain", fields)
      #expect(answer.status == status, "\(fields)")
      if status != 412 {
        #expect(answer["ETag"] == tag)
        #expect(answer["Last-Modified"] == nil)
      }
    }
  }

  @Test(arguments: ["If-Match", "If-None-Match"])
  func `a list of tags that is none is refused, by its name`(field: String) throws {
    _ = try client.put("/keys/k", "hello")
    for value in ["", "x", "18ea6b0ad87b80dc-d41a1bf8", "*, \"x\"", "\"x"] {
      let answer = try client.request("GET", "/keys/k", [field: value])
      #expect(answer.status == 400, "\(field): \(value)")
      #expect(answer.text.contains("\"detail\":\"\(field): "), "\(answer.text)")
      #expect(try client.request("HEAD", "/keys/k", [field: value]).status == 400)
    }
  }
}

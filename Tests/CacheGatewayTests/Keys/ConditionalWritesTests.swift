import Testing

/// Conditions on PUT and DELETE (RFC 9110 section 13.1), one client at a time.
struct ConditionalWritesTests {
  /// A condition, in which `$` stands for the tag of the value that was stored, and whether it holds.
  struct Condition: CustomStringConvertible, Sendable {
    let fields: [String: String]
    /// Where that value stands.
    let whenThere: Bool
    /// Where nothing does.
    let whenAbsent: Bool

    var description: String { "\(fields)" }

    func fields(_ tag: String) -> [String: String] {
      fields.mapValues { $0.split(separator: "$", omittingEmptySubsequences: false).joined(separator: tag) }
    }

    /// The status of a write under it.
    func status(_ method: String, isThere: Bool) -> Int {
      guard isThere ? whenThere : whenAbsent else { return 412 }
      return method == "PUT" && fields == ["If-None-Match": "*"] ? 201 : 204
    }
  }

  private static func match(_ value: String, _ holds: Bool) -> Condition {
    Condition(fields: ["If-Match": value], whenThere: holds, whenAbsent: false)
  }

  private static func noneMatch(_ value: String, _ holds: Bool) -> Condition {
    Condition(fields: ["If-None-Match": value], whenThere: holds, whenAbsent: true)
  }

  private static func both(_ match: String, _ noneMatch: String, _ holds: Bool) -> Condition {
    Condition(
      fields: ["If-Match": match, "If-None-Match": noneMatch], whenThere: holds, whenAbsent: false)
  }

  /// Of a version that was never given.
  private static let older = "\"0000000000000001-00000001\""
  private static let foreign = "\"somebody-elses\""

  static let conditions = [
    match("$", true), match("*", true), match(" $ ", true), match("\(foreign), $", true),
    match("$,\(older)", true), match(",,\(older) ,\t$,", true), match("\"a,b\", $", true),
    match("\(foreign)\r\nIf-Match: $", true), match("W/\(older), $", true),
    // A weak tag never matches here.
    match("W/$", false), match("W/$, \(foreign)", false), match(older, false), match(foreign, false),
    match("\"\"", false), match("\"*\"", false), match("\"plain-0123456789abcdef\"", false),
    noneMatch("*", false), noneMatch("$", false), noneMatch("\(foreign), $", false),
    // A weak tag matches as well as a strong one.
    noneMatch("W/$", false), noneMatch("\(older), W/$", false),
    noneMatch("\(foreign)\r\nIf-None-Match: $", false), noneMatch(older, true), noneMatch(foreign, true),
    noneMatch("\"\"", true), noneMatch("W/\(older), \(foreign)", true),
    both("$", foreign, true), both("*", older, true), both("$", "$", false), both("*", "*", false),
    both(foreign, foreign, false), both("W/$", older, false), both("$", "W/$", false),
  ]

  private let gateway: GatewayProcess
  private let client: HTTPClient

  init() throws {
    gateway = try GatewayProcess()
    client = try gateway.connect()
  }

  /// Tries a write, and sees that it did what its answer says.
  private func attempt(
    _ method: String, _ key: String, _ condition: Condition, _ tag: String, isThere: Bool
  ) throws {
    let answer = try client.request(
      method, "/keys/\(key)", condition.fields(tag), body: method == "PUT" ? Array("new".utf8) : nil)
    let expected = condition.status(method, isThere: isThere)
    #expect(answer.status == expected, "\(method) \(condition)")
    let get = try client.get("/keys/\(key)")
    if expected == 412 {
      #expect(answer.problem == "condition-failed", "\(method) \(condition)")
      #expect(get.status == (isThere ? 200 : 404), "\(method) \(condition)")
      if isThere { #expect(get["ETag"] == tag) }
    } else {
      #expect(answer["Cache-Gateway-Replicas"] == "2/2")
      #expect(get.status == (method == "PUT" ? 200 : 404), "\(method) \(condition)")
      if method == "PUT" {
        #expect(get.text == "new")
        #expect(get["ETag"] == answer["ETag"])
        if isThere { #expect(try #require(answer["ETag"]) > tag) }
      }
    }
  }

  private func store(_ key: String, _ text: String, _ query: String = "") throws -> String {
    let put = try client.put("/keys/\(key)\(query)", text)
    return try #require(put["ETag"])
  }

  @Test(arguments: conditions) func `on a value that is there`(condition: Condition) throws {
    for method in ["PUT", "DELETE"] {
      let tag = try store(method, "old")
      try attempt(method, method, condition, tag, isThere: true)
    }
  }

  @Test(arguments: conditions) func `on a key that never was there`(condition: Condition) throws {
    for method in ["PUT", "DELETE"] {
      let tag = try store("other", "old")
      try attempt(method, method, condition, tag, isThere: false)
    }
  }

  @Test(arguments: conditions) func `on a deleted key`(condition: Condition) throws {
    for method in ["PUT", "DELETE"] {
      let tag = try store(method, "old")
      _ = try client.delete("/keys/\(method)")
      try attempt(method, method, condition, tag, isThere: false)
    }
  }

  @Test func `on a value whose lifetime is over`() throws {
    var tags: [String] = []
    for (number, _) in Self.conditions.enumerated() {
      for method in ["PUT", "DELETE"] { tags.append(try store("\(method)-\(number)", "old", "?ttl=1")) }
    }
    for (number, condition) in Self.conditions.enumerated() {
      for (offset, method) in ["PUT", "DELETE"].enumerated() {
        let key = "\(method)-\(number)"
        try eventually("the value is gone") {
          try gateway.nodes.allSatisfy { try $0.item(key) == nil }
        }
        try attempt(method, key, condition, tags[2 * number + offset], isThere: false)
      }
    }
  }

  @Test func `If-None-Match with a star creates a value once, and again after a DELETE`() throws {
    let star = ["If-None-Match": "*"]
    for round in 0..<3 {
      let created = try client.put("/keys/k", "\(round)", star)
      #expect(created.status == 201)
      #expect(created["ETag"] != nil)
      #expect(created["Cache-Gateway-Replicas"] == "2/2")
      for _ in 0..<2 { #expect(try client.put("/keys/k", "no", star).status == 412) }
      #expect(try client.get("/keys/k").text == "\(round)")
      #expect(try client.delete("/keys/k").status == 204)
    }
  }

  @Test func `a created value has the lifetime and the labels of its PUT`() throws {
    let fields = ["If-None-Match": "*", "Content-Type": "text/plain", "Content-Encoding": "br"]
    #expect(try client.put("/keys/k?ttl=1h", "v", fields).status == 201)
    let get = try client.get("/keys/k")
    #expect(get["Content-Type"] == "text/plain")
    #expect(get["Content-Encoding"] == "br")
    #expect(try (3500...3600).contains(#require(get.maxAge)))
  }

  @Test func `a chain of writes that each name the version before rises, and breaks where one is left out`()
    throws
  {
    var tags = [try store("k", "0")]
    for round in 1...50 {
      let put = try client.put("/keys/k", "\(round)", ["If-Match": tags[round - 1]])
      #expect(put.status == 204)
      tags.append(try #require(put["ETag"]))
    }
    #expect(tags == tags.sorted())
    #expect(Set(tags).count == tags.count)
    for tag in tags.dropLast() {
      #expect(try client.put("/keys/k", "late", ["If-Match": tag]).status == 412)
    }
    #expect(try client.get("/keys/k").text == "50")
    let unconditional = try store("k", "after")
    #expect(try #require(tags.last) < unconditional)
  }

  @Test(arguments: ["If-Match", "If-None-Match"]) func `a list that is none is refused, by its name`(
    field: String
  ) throws {
    let tag = try store("k", "old")
    for value in [
      "", ",", ", ,", "x", "\"x", "x\"", "\"", "\"a\" \"b\"", "\(tag) \(tag)", "*, \(tag)", "\(tag), *", "**",
      "W/x", "W/*", "w/\(tag)", "W/ \(tag)", "W\(tag)", "\(tag);\(tag)", "\(tag), x", "'x'", "a\"b\"",
      "\u{FF}",
    ] {
      for method in ["PUT", "DELETE"] {
        let body = method == "PUT" ? Array("new".utf8) : nil
        let answer = try client.request(method, "/keys/k", [field: value], body: body)
        #expect(answer.status == 400, "\(method) \(field): \(value)")
        #expect(answer.problem == "invalid-header")
        #expect(answer.text.contains("\"detail\":\"\(field): "), "\(answer.text)")
        let other = field == "If-Match" ? ["If-None-Match": "*"] : ["If-Match": tag]
        let both = try client.request(
          method, "/keys/k", other.merging([field: value]) { $1 }, body: body)
        #expect(both.status == 400, "\(method) \(field): \(value)")
      }
    }
    #expect(try client.get("/keys/k")["ETag"] == tag)
  }

  private static let past = "Sat, 01 Jan 2000 00:00:00 GMT"
  private static let future = "Fri, 31 Dec 9999 23:59:59 GMT"

  @Test func `If-Unmodified-Since holds for a value that was not written later`() throws {
    for method in ["PUT", "DELETE"] {
      let tag = try store("k", "old")
      let body = method == "PUT" ? Array("new".utf8) : nil
      let date = try #require(client.get("/keys/k")["Last-Modified"])
      let refused = try client.request(method, "/keys/k", ["If-Unmodified-Since": Self.past], body: body)
      #expect(refused.status == 412)
      #expect(refused.problem == "condition-failed")
      #expect(try client.get("/keys/k")["ETag"] == tag)
      for holding in [date, Self.future, "Friday, 31-Dec-49 23:59:59 GMT"] {
        _ = try store("k", "old")
        // Written in the same second as the first, or later.
        let now = try #require(client.get("/keys/k")["Last-Modified"])
        let fields = ["If-Unmodified-Since": holding == date ? now : holding]
        #expect(
          try client.request(method, "/keys/k", fields, body: body).status == 204, "\(method) \(fields)")
        #expect(try client.get("/keys/k").status == (method == "PUT" ? 200 : 404))
      }
    }
  }

  @Test func `a deletion counts as a change, and where nothing ever was there is none`() throws {
    #expect(try client.put("/keys/never", "new", ["If-Unmodified-Since": Self.past]).status == 204)
    _ = try store("k", "old")
    _ = try client.delete("/keys/k")
    #expect(try client.put("/keys/k", "new", ["If-Unmodified-Since": Self.past]).status == 412)
    #expect(try client.get("/keys/k").status == 404)
    let both = ["If-Unmodified-Since": Self.future, "If-None-Match": "*"]
    #expect(try client.put("/keys/k", "new", both).status == 201)
    #expect(try client.put("/keys/k", "new", both).status == 412)
  }

  @Test func `If-Match goes before If-Unmodified-Since, and If-None-Match counts beside it`() throws {
    let tag = try store("k", "old")
    for (fields, status) in [
      (["If-Unmodified-Since": Self.past, "If-Match": tag], 204),
      (["If-Unmodified-Since": Self.future, "If-Match": Self.foreign], 412),
      (["If-Unmodified-Since": Self.past, "If-None-Match": Self.foreign], 412),
      (["If-Unmodified-Since": Self.future, "If-None-Match": "*"], 412),
      (["If-Unmodified-Since": Self.future, "If-None-Match": Self.foreign], 204),
    ] { #expect(try client.put("/keys/k", "new", fields).status == status, "\(fields)") }
  }

  @Test func `a date that is none, and If-Modified-Since, have no effect on writes`() throws {
    for fields in [
      ["If-Unmodified-Since": "yesterday"], ["If-Unmodified-Since": ""],
      ["If-Unmodified-Since": "\(Self.past), \(Self.past)"], ["If-Modified-Since": Self.past],
      ["If-Modified-Since": Self.future], ["If-Range": "\"x\""],
    ] {
      _ = try store("k", "old")
      #expect(try client.put("/keys/k", "new", fields).status == 204, "\(fields)")
      #expect(try client.get("/keys/k").text == "new")
      #expect(try client.request("DELETE", "/keys/k", fields).status == 204, "\(fields)")
      #expect(try client.get("/keys/k").status == 404)
    }
  }

  @Test func `a plain item has no date to be modified since`() throws {
    for method in ["PUT", "DELETE"] {
      for node in gateway.nodes { try node.set(method, "by another client") }
      let body = method == "PUT" ? Array("new".utf8) : nil
      let fields = ["If-Unmodified-Since": Self.past]
      #expect(try client.request(method, "/keys/\(method)", fields, body: body).status == 204)
    }
  }

  @Test(arguments: ["k%20", String(repeating: "k", count: 251), "%00gateway:clock", "sha256:x"])
  func `of keys that have other names on the nodes`(key: String) throws {
    #expect(try client.put("/keys/\(key)", "1", ["If-None-Match": "*"]).status == 201)
    #expect(try client.put("/keys/\(key)", "2", ["If-None-Match": "*"]).status == 412)
    let tag = try #require(client.get("/keys/\(key)")["ETag"])
    #expect(try client.put("/keys/\(key)", "3", ["If-Match": tag]).status == 204)
    #expect(try client.request("DELETE", "/keys/\(key)", ["If-Match": tag]).status == 412)
    #expect(try client.get("/keys/\(key)").text == "3")
  }
}

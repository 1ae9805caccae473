import Foundation
import GatewayCore
import Testing

@testable import CacheGateway

struct JSONReaderTests {
  private func read(_ text: String) throws -> JSONValue { try JSONReader.read(Bytes(text.utf8)) }

  private func string(_ text: String) throws -> String? {
    guard case .string(let bytes) = try read(text) else { return nil }
    return bytes.array.text
  }

  @Test(arguments: [
    "0", "-0", "1", "-12.5", "1e5", "1E+5", "0.0e-99", "true", "false", "null", "\"\"", "[]", "{}", " [ ] ",
    "[1,2]", "{\"a\":[{}]}", "\t\r\n 1 \n", "1e999999999", "123456789012345678901234567890",
    "\"\u{7F}é💥\u{2028}\"",
  ]) func `takes what is JSON`(text: String) {
    #expect(throws: Never.self) { try read(text) }
  }

  @Test(arguments: [
    "", " ", "{", "}", "[", "]", "[1", "[1,", "[1,]", "[,1]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}",
    "{1:1}", "{\"a\":1 \"b\":2}", "[1 2]", "01", "-", "-01", "+1", "1.", ".5", "1e", "1e+", "0x1", "NaN",
    "Infinity", "nul", "nulls", "True", "'a'", "\"", "\"a", "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"",
    "\"\\u+123\"", "\"a\nb\"", "\"\u{0}\"", "\"\\\u{1}\"", "1 1", "{}{}", "[]]", "// x\n1", "\u{FEFF}1",
    "{\"a\":1,\"a\":1}", "{\"a\":1,\"\\u0061\":1}",
    "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\ud800\"", "\"\\ud800x\"", "\"\\ud800\\n\"", "\"\\ud83d\\u\"",
  ]) func `refuses what is not, and what two readers may take differently`(text: String) {
    #expect(throws: JSONError.self) { try read(text) }
  }

  @Test func `refuses what is not UTF-8`() {
    for bytes in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82]] {
      let document = Array("\"".utf8) + bytes.map { UInt8($0) } + Array("\"".utf8)
      #expect(throws: JSONError.self) { try JSONReader.read(Bytes(document)) }
    }
  }

  @Test(arguments: [
    ("\"a\"", "a"), ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\u{8}\u{C}\n\r\t"), ("\"\\u0041\\u00e9\"", "Aé"),
    ("\"x\\ud83d\\uDCA5y\"", "x💥y"), ("\"\\u0000\"", "\u{0}"), ("\"\\uffff\"", "\u{FFFF}"), ("\"\"", ""),
    ("\"\\\\u0041\"", "\\u0041"),
  ]) func `escapes are what they stand for`(text: String, expected: String) throws {
    #expect(try string(text) == expected)
  }

  @Test func `tells where it went wrong`() {
    #expect(throws: JSONError("a value is expected", at: 3)) { try read("[1,]") }
    #expect(throws: JSONError("a string does not end", at: 2)) { try read("[\"abc") }
    #expect(throws: JSONError("no escape begins like this", at: 4)) { try read("[\"ab\\x\"]") }
  }

  @Test func `numbers and strings without escapes share the memory of the document`() throws {
    let document = Bytes("[12.5e3,\"plain\"]".utf8)
    guard case .array(let elements) = try JSONReader.read(document), case .number(let number) = elements[0],
      case .string(let text) = elements[1]
    else {
      Issue.record("no list of a number and a string")
      return
    }
    #expect(number.array.text == "12.5e3")
    #expect(text.array.text == "plain")
    #expect(number.storage === document.storage && text.storage === document.storage)
  }

  @Test func `a deeply nested document ends no process`() {
    for opening in ["[", "{\"a\":"] {
      #expect(throws: JSONError.self) { try read(String(repeating: opening, count: 1_000_000)) }
    }
  }

  @Test func `a document may hold so many values, members and levels, and no more`() throws {
    let limits = JSONReader.Limits(depth: 2, values: 5, members: 2)
    func read(_ text: String) throws { _ = try JSONReader.read(Bytes(text.utf8), limits: limits) }
    try read("[1,2,3,4]")
    #expect { try read("[1,2,3,4,5]") } throws: { ($0 as? JSONError)?.isTooMuch == true }
    try read("[{}]")
    #expect(throws: JSONError.self) { try read("[[[]]]") }
    try read("{\"a\":1,\"b\":2}")
    #expect(throws: JSONError.self) { try read("{\"a\":1,\"b\":2,\"c\":3}") }
  }

  // MARK: Lists

  /// What is handed out of a list named 'list', as names of the members; nil where the document is something else.
  private func list(_ document: [UInt8], limits: JSONReader.Limits = JSONReader.Limits()) throws
    -> [[String]?]?
  {
    var elements: [[String]?] = []
    let isList = try JSONReader.readList(Bytes(document), named: "list", limits: limits) { members in
      elements.append(members.map { $0.map(\.name.array.text) })
    }
    return isList ? elements : nil
  }

  @Test func `a list hands out the members of its objects, and that others are none`() throws {
    let text = " { \"list\" : [ {\"a\":1,\"b\":[{}]} , 5, [{\"c\":1}] ,{}, \"x\"] } "
    #expect(try list(Array(text.utf8)) == [["a", "b"], nil, nil, [], nil])
    #expect(try list(Array("{\"l\\u0069st\":[]}".utf8)) == [])
  }

  @Test(arguments: [
    "[]", "{}", "5", "{\"list\":5}", "{\"list\":{}}", "{\"lists\":[]}", "{\"list\":[{}],\"more\":1}",
    "{\"more\":1,\"list\":[{}]}", "[{\"list\":[]}]",
  ]) func `another document is no list`(text: String) throws {
    #expect(try list(Array(text.utf8)) == nil)
  }

  @Test func `a list has the limits of every document`() throws {
    let limits = JSONReader.Limits(depth: 3, values: 5, members: 2)
    func read(_ elements: String) throws {
      _ = try list(Array("{\"list\":[\(elements)]}".utf8), limits: limits)
    }
    try read("1,2,3")
    try read("{\"a\":1,\"b\":2}")
    #expect { try read("1,2,3,4") } throws: { ($0 as? JSONError)?.isTooMuch == true }
    #expect { try read("{\"a\":1},{\"a\":1}") } throws: { ($0 as? JSONError)?.isTooMuch == true }
    #expect(throws: JSONError.self) { try read("{\"a\":[]}") }
    #expect(throws: JSONError.self) { try read("{\"a\":1,\"b\":2,\"c\":3}") }
  }

  @Test func `a list is read exactly where the whole document is`() {
    withChanges(
      of: "{\"list\":[{\"op\":\"put\",\"key\":\"a\\u00e9\\n\"},{\"ttl\":60.5},[true,{}]]} ", seed: 11,
      compareList)
  }

  /// Calls `body` with 20,000 documents that differ from this one in a few places.
  private func withChanges(of text: String, seed: UInt64, _ body: ([UInt8]) -> Void) {
    var random = TestRandom(seed: seed)
    let alphabet = Array("{}[]\":,\\u0d8n1-. ta\u{7F}".utf8)
    for _ in 0..<20_000 {
      var document = Array(text.utf8)
      for _ in 0...random.below(3) { random.change(&document, alphabet) }
      body(document)
    }
  }

  private func compareList(_ document: [UInt8]) {
    do {
      let whole = try JSONReader.read(Bytes(document))
      #expect(try list(document) == members(ofListIn: whole), "\(document.text)")
    } catch {
      #expect(throws: error as? JSONError ?? JSONError("", at: 0)) { try list(document) }
    }
  }

  private func members(ofListIn document: JSONValue) -> [[String]?]? {
    guard case .object(let members) = document, members.count == 1,
      case .array(let elements)? = document["list"]
    else { return nil }
    return elements.map { element in
      guard case .object(let members) = element else { return nil }
      return members.map(\.name.array.text)
    }
  }

  @Test func `garbage made from JSON is taken exactly when Foundation takes it, but for the stricter rules`()
  {
    withChanges(
      of: "{\"operations\":[{\"op\":\"put\",\"key\":\"a\\u00e9\\n\",\"ttl\":60.5,\"x\":[true,null]}]}",
      seed: 7, compare)
  }

  private func compare(_ document: [UInt8]) {
    let theirs = (try? JSONSerialization.jsonObject(with: Data(document), options: .fragmentsAllowed)) != nil
    do {
      _ = try JSONReader.read(Bytes(document))
      #expect(theirs, "only we take \(document.text)")
    } catch {
      let hasSameNames = "\(error)".contains("same name")
      // A comma after the last element, which is no JSON.
      let hasLastComma = [",]", ",}"].contains { document.text.contains($0) }
      #expect(!theirs || hasSameNames || hasLastComma, "only Foundation takes \(document.text): \(error)")
    }
  }
}

/// The same numbers for the same seed (Knuth's MMIX generator, upper bits).
struct TestRandom {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func below(_ limit: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % limit
  }

  /// Removes, inserts or replaces one byte.
  mutating func change(_ document: inout [UInt8], _ alphabet: [UInt8]) {
    let position = below(document.count)
    switch below(3) {
    case 0: document.remove(at: position)
    case 1: document.insert(alphabet[below(alphabet.count)], at: position)
    default: document[position] = alphabet[below(alphabet.count)]
    }
  }
}

import Foundation
import GatewayCore
import Testing

@testable import CacheGateway

struct JSONWriterTests {
  private func written(_ write: (inout JSONWriter) -> Void) -> String {
    var json = JSONWriter()
    write(&json)
    return json.finish().array.text
  }

  @Test func `commas stand between things, and nowhere else`() {
    let text = written { json in
      json.beginObject()
      json.name("a")
      json.beginArray()
      json.number(1)
      json.string("x,")
      json.beginObject()
      json.endObject()
      json.raw("{}")
      json.endArray()
      json.name("b")
      json.beginObject()
      json.endObject()
      json.endObject()
    }
    #expect(text == "{\"a\":[1,\"x,\",{},{}],\"b\":{}}")
  }

  @Test func `strings that end like a bracket or a line do not mislead it`() {
    let text = written { json in
      json.beginArray()
      for part in ["[", "{", ":", "a\n", ","] { json.string(part) }
      json.endArray()
    }
    #expect(text == "[\"[\",\"{\",\":\",\"a\\n\",\",\"]")
  }

  @Test func `every string is read back as it was`() throws {
    let texts = ["", "\"", "\\", "\u{0}\u{1}\u{8}\t\n\u{B}\u{C}\r\u{1F}\u{7F}", "é💥\u{2028}", "a\"b\\c/d"]
    let text = written { json in
      json.beginArray()
      for text in texts { json.string(text) }
      json.endArray()
    }
    #expect(try JSONDecoder().decode([String].self, from: Data(text.utf8)) == texts)
  }

  @Test func `lines are documents of their own`() {
    let text = written { json in
      for number in 1...2 {
        json.beginArray()
        json.number(number)
        json.endArray()
        json.endLine()
      }
    }
    #expect(text == "[1]\n[2]\n")
  }

  @Test func `what was written stays while the memory for it grows`() {
    var expected = "["
    let text = written { json in
      json.beginArray()
      for number in 0..<200_000 {
        json.string("\(number)")
        expected += "\(number == 0 ? "" : ",")\"\(number)\""
      }
      json.endArray()
    }
    #expect(text == expected + "]")
  }
}

struct Base64TextTests {
  private func encode(_ bytes: [UInt8]) -> String {
    var json = JSONWriter()
    bytes.withUnsafeBytes { json.base64($0) }
    return String(json.finish().array.text.dropFirst().dropLast())
  }

  private func decode(_ text: String) -> [UInt8]? { Base64Text.decode(Bytes(text.utf8))?.array }

  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
    ("foobar", "Zm9vYmFy"),
  ]) func `gives the vectors of RFC 4648 section 10`(text: String, encoded: String) {
    #expect(encode(Array(text.utf8)) == encoded)
    #expect(decode(encoded) == Array(text.utf8))
  }

  @Test func `every length and every byte comes back, as Foundation has it`() {
    for count in 0..<300 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ count) }
      #expect(encode(bytes) == Data(bytes).base64EncodedString())
      #expect(decode(encode(bytes)) == bytes)
    }
  }

  @Test(arguments: [
    "Z", "Zg", "Zg=", "Zg===", "=", "====", "Z===", "Zg==Zg==", "Zm9v ", "Zm9v\n", "Zm-v", "Zm_v", "Zh==",
    "Zm9=", "Zm=v", "é===", "Zm9vZ",
  ]) func `refuses what it would not give itself`(text: String) {
    #expect(decode(text) == nil)
  }
}

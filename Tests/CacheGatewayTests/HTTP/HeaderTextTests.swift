import GatewayCore
import Testing

@testable import CacheGateway

struct HeaderTextTests {
  private func text(_ write: (inout HeaderText) -> Void) -> String {
    var text = HeaderText()
    write(&text)
    return String(decoding: text.bytes, as: UTF8.self)
  }

  @Test(arguments: [0, 9, 10, 99, 100, 12_345, 9_999_999_999, .max] as [UInt64])
  func `writes decimal numbers`(number: UInt64) {
    #expect(text { $0.append(decimal: number) } == String(number))
  }

  @Test func `writes numbers of a fixed width with leading zeros`() {
    #expect(text { $0.append(decimal: 7, digits: 4) } == "0007")
    #expect(text { $0.append(hexadecimal: 0xBEEF, digits: 8) } == "0000beef")
    #expect(text { $0.append(hexadecimal: .max, digits: 16) } == "ffffffffffffffff")
  }

  @Test func `grows with what is written`() {
    let long = String(repeating: "long ", count: 2000)
    #expect(text { $0.append(outside: long) } == long)
    let written = text { text in
      for number in 0..<3000 as Range<UInt64> { text.append(decimal: number, digits: 4) }
    }
    let numbers: [String] = (10_000..<13_000).map { String($0) }
    let expected: String = numbers.map { String($0.dropFirst()) }.joined()
    #expect(written == expected)
  }

  @Test func `text from outside cannot end its field`() {
    let nasty = "a\r\nSet-Cookie: x\n\u{0}\u{1F}\u{7F}\tz"
    let harmless = "a  Set-Cookie: x    \tz"
    #expect(text { $0.append(outside: nasty) } == harmless)
    #expect(text { $0.append(outside: Bytes(nasty.utf8)) } == harmless)
  }

  @Test func `bytes above ASCII stay as they are`() {
    #expect(text { $0.append(outside: "é💥") } == "é💥")
  }

  @Test func `a copy does not change with the original`() {
    var original = Response(200)
    original.add("Content-Type", "text/plain")
    let copy = original
    original.add("Age", "1")
    let longer = copy.adding("Allow", "GET")
    #expect(String(decoding: original.text.bytes, as: UTF8.self) == "\r\nContent-Type: text/plain\r\nAge: 1")
    #expect(String(decoding: copy.text.bytes, as: UTF8.self) == "\r\nContent-Type: text/plain")
    #expect(
      String(decoding: longer.text.bytes, as: UTF8.self) == "\r\nContent-Type: text/plain\r\nAllow: GET")
  }
}

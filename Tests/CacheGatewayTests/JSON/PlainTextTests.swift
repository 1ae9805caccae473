import Testing

@testable import CacheGateway

struct PlainTextTests {
  private func isPlain(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x22 && byte != 0x5C }

  private func end(_ text: [UInt8], from start: Int = 0) -> Int {
    text.withUnsafeBytes { PlainText.end($0, from: start) }
  }

  private func isPlainASCII(_ text: [UInt8]) -> Bool { text.withUnsafeBytes { PlainText.isPlainASCII($0) } }

  @Test(arguments: 0...40) func `every byte is found, wherever it stands`(length: Int) {
    for byte in UInt8.min...UInt8.max {
      for position in 0..<length {
        var text = [UInt8](repeating: 0x61, count: length)
        text[position] = byte
        #expect(end(text) == (isPlain(byte) ? length : position))
        #expect(isPlainASCII(text) == (isPlain(byte) && byte < 0x80))
      }
    }
  }

  @Test func `neighbours do not hide each other`() {
    var random = TestRandom(seed: 3)
    let bytes: [UInt8] = [0, 1, 0x1F, 0x20, 0x21, 0x22, 0x23, 0x5B, 0x5C, 0x5D, 0x7F, 0x80, 0xA2, 0xDC, 0xFF]
    for _ in 0..<20_000 {
      let text = (0..<random.below(24)).map { _ in bytes[random.below(bytes.count)] }
      let start = random.below(text.count + 1)
      #expect(end(text, from: start) == text[start...].firstIndex { !isPlain($0) } ?? text.count)
      #expect(isPlainASCII(text) == text.allSatisfy { isPlain($0) && $0 < 0x80 })
    }
  }
}

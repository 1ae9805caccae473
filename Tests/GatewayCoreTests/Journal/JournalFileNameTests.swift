import Testing

@testable import GatewayCore

struct JournalFileNameTests {
  @Test(arguments: [
    ("cache-a", "cache-a.journal"), ("local-1", "local-1.journal"), ("A_z.9", "A_z.9.journal"),
    ("10.0.0.1:11211", "10.0.0.1%3A11211.journal"), ("[::1]:1", "%5B%3A%3A1%5D%3A1.journal"),
    (".", "%2E.journal"), ("..", "%2E..journal"), (".hidden", "%2Ehidden.journal"),
    ("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd.journal"), ("a b\n", "a%20b%0A.journal"),
    ("a%3A", "a%253A.journal"), ("a~b", "a%7Eb.journal"), ("é", "%C3%A9.journal"),
  ])
  func `a name reads as the node's where a file system takes it`(node: String, file: String) {
    #expect(JournalFileName.make(node) == file)
  }

  @Test func `no two nodes share a name, and every name fits`() {
    var generator = SeededGenerator(seed: 31)
    let alphabet = Array("ab./%~:A0é\u{0}".unicodeScalars)
    var nodes: Set<String> = [""]
    for count in 1...300 {
      for _ in 0..<20 {
        let scalars = (0..<count).map { _ in alphabet[generator.int(0...(alphabet.count - 1))] }
        nodes.insert(String(String.UnicodeScalarView(scalars)))
      }
      nodes.insert(String(repeating: "a", count: count))
    }
    let files = nodes.map(JournalFileName.make)
    #expect(Set(files).count == nodes.count)
    for file in files {
      #expect(file.utf8.count <= 208)
      #expect(!file.hasPrefix("."))
      #expect(file.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") })
    }
  }

  @Test func `a name is kept up to 200 bytes, and ends in a hash beyond`() {
    #expect(JournalFileName.make(String(repeating: "n", count: 200)).utf8.count == 208)
    #expect(!JournalFileName.make(String(repeating: "n", count: 200)).contains("~"))
    let longer = JournalFileName.make(String(repeating: "n", count: 201))
    #expect(longer.utf8.count == 208)
    #expect(longer.hasPrefix(String(repeating: "n", count: 135) + "~"))
    #expect(longer != JournalFileName.make(String(repeating: "n", count: 202)))
  }
}

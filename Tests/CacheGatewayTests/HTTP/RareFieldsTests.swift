import Testing

@testable import CacheGateway

struct RareFieldsTests {
  private func fields(_ name: String) -> RareFields {
    Array(name.utf8).withUnsafeBytes { RareFields(ofFieldNamed: $0) }
  }

  @Test(
    arguments: [
      ("If-Match", .conditions), ("if-none-match", .conditions), ("IF-MODIFIED-SINCE", .conditions),
      ("If-Unmodified-Since", .conditions), ("If-Range", .conditions), ("Range", .range), ("rANGE", .range),
      ("Expect", .expect), ("Content-Length", .contentLength), ("content-length", .contentLength),
      ("Cache-Gateway-Read", .preferences), ("cache-gateway-write-quorum", .preferences),
      ("Content-Type", .contentType), ("content-ENCODING", .contentEncoding),
      ("Content-Range", .contentRange),
      ("Cache-Control", .cacheControl),
    ] as [(String, RareFields)])
  func `are known by their names, in whatever case`(name: String, expected: RareFields) {
    #expect(fields(name) == expected)
  }

  @Test(arguments: [
    "", "I", "If", "Iff-Match", "Range-Unit", "Rang", "Expectation", "Content-Typ", "Content-Types",
    "Content-Length-X", "Cache-Contro1", "Content-Language", "Content-Ranges", "Cache-Gateway", "Host",
    "Accept-Ranges", "\u{0}", "R\u{C4}nge",
    "9f-match",
  ])
  func `all other fields are none of them`(name: String) {
    #expect(fields(name) == [])
  }
}

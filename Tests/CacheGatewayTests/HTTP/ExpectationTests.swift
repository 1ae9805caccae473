import Testing

@testable import CacheGateway

/// The field Expect as it is read (RFC 9110 section 10.1.1).
struct ExpectationTests {
  @Test(arguments: [
    "100-continue", "100-Continue", "100-CONTINUE", " 100-continue\t", "", " ", ",", "100-continue,",
    "100-continue, 100-continue",
  ])
  func `there is nothing but 100-continue`(field: String) {
    #expect(Expectation.unknown(in: Array(field.utf8)) == nil)
  }

  @Test(
    arguments: [
      ("200-ok", "200-ok"), ("100-continue, x=1", "x=1"), (" x ,100-continue", "x"), ("100", "100"),
      ("100-continue;q=1", "100-continue;q=1"), ("100-continu\u{E9}", "100-continu\u{E9}"),
    ])
  func `the first other expectation is named`(field: String, name: String) {
    #expect(Expectation.unknown(in: Array(field.utf8)) == name)
  }
}

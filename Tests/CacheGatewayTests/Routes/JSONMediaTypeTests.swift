import Testing

@testable import CacheGateway

struct JSONMediaTypeTests {
  @Test(arguments: [
    "application/json", "Application/JSON", "application/json; charset=utf-8", " application/json;",
  ])
  func `parameters and case make no difference`(contentType: String) {
    #expect(JSONMediaType.matches(contentType))
  }

  @Test(arguments: [
    "", "text/json", "application/json5", "application/x-www-form-urlencoded", ";application/json",
  ])
  func `another type is another type`(contentType: String) {
    #expect(!JSONMediaType.matches(contentType))
  }
}

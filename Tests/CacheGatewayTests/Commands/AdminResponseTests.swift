import Testing

@testable import CacheGateway

struct AdminResponseTests {
  private func response(_ text: String) -> AdminResponse? { AdminResponse(Array(text.utf8)) }

  @Test func `status and body are read`() throws {
    let answer = try #require(
      response("HTTP/1.1 200 OK\r\nContent-Type: a\r\ncontent-length: 5\r\n\r\n\r\n\r\n!"))
    #expect(answer.status == 200)
    #expect(answer.body.array.text == "\r\n\r\n!")
    let empty = try #require(response("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"))
    #expect(empty.status == 204)
    #expect(empty.body.isEmpty)
  }

  @Test(arguments: [
    "", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcd",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcdef", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
    "HTTP/1.1 200 OK\r\n\r\nabc", "HTTP/1.1 x\r\n\r\n", "SSH-2.0-x\r\n\r\n", "ERROR\r\n", "\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  ])
  func `what is cut short or no answer is not taken`(text: String) {
    #expect(response(text) == nil)
  }
}

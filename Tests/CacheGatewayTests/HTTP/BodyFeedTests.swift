import CDirectBody
import Glibc
import Testing

/// Calls send at one end as libmicrohttpd does, and receives at the other.
extension SocketPair {
  fileprivate var sender: Int32 { ends[0] }

  /// A few kilobytes at a time.
  fileprivate func holdLittle() {
    var size: Int32 = 4096
    setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
  }

  /// `count` bytes of no meaning.
  fileprivate func send(_ count: Int) -> Int {
    Glibc.send(ends[0], [UInt8](repeating: 255, count: count), count, Int32(MSG_NOSIGNAL))
  }

  /// What has arrived.
  fileprivate func receive() -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    let count = recv(ends[1], &buffer, buffer.count, 0)
    return Array(buffer.prefix(max(0, count)))
  }
}

/// What send does with a socket that has a feed: all on one thread, as feeds belong to it.
struct BodyFeedTests {
  private func withFeed(
    _ bytes: [UInt8], _ body: (SocketPair, UnsafeMutablePointer<body_feed>) throws -> Void
  ) throws {
    let pair = try SocketPair()
    pair.holdLittle()
    try bytes.withUnsafeBufferPointer { bytes in
      var feed = body_feed(next: bytes.baseAddress, rest: bytes.count, ahead: 0)
      try withUnsafeMutablePointer(to: &feed) { feed in
        #expect(body_feed_attach(pair.sender, feed))
        defer { body_feed_detach(pair.sender) }
        try body(pair, feed)
      }
    }
  }

  @Test func `without a feed bytes come from where the caller says`() throws {
    let pair = try SocketPair()
    #expect(pair.send(3) == 3)
    #expect(pair.receive() == [255, 255, 255])
  }

  @Test func `with a feed all of it goes at once, and the caller is told of as many as he sends`() throws {
    try withFeed(Array(1...10)) { pair, feed in
      #expect(pair.send(4) == 4)
      #expect(pair.receive() == Array(1...10))
      #expect(feed.pointee.rest == 0)
      #expect(feed.pointee.ahead == 6)
      #expect(pair.send(4) == 4)
      #expect(pair.send(2) == 2)
      #expect(pair.receive() == [])
    }
  }

  @Test func `what follows the body comes from where the caller says`() throws {
    try withFeed([1, 2, 3]) { pair, _ in
      #expect(pair.send(3) == 3)
      #expect(pair.send(2) == 2)
      #expect(pair.receive() == [1, 2, 3, 255, 255])
    }
  }

  @Test func `a socket that takes no more says so once all is told`() throws {
    let body = [UInt8].pattern(100_000)
    try withFeed(body) { pair, feed in
      var told = 0
      var received: [UInt8] = []
      while told < body.count {
        let count = pair.send(min(1_000, body.count - told))
        if count < 0 {
          #expect(errno == EAGAIN)
          #expect(feed.pointee.ahead == 0)
          received += pair.receive()
          #expect(received.count == told)
        } else {
          // Never of more than the socket has.
          told += count
          #expect(told + feed.pointee.ahead + feed.pointee.rest == body.count)
        }
      }
      #expect(received.count < body.count, "it was full at least once")
      received += pair.receive()
      #expect(received == body)
    }
  }

  @Test func `a count is short only where the socket takes no more`() throws {
    try withFeed(.pattern(100_000)) { pair, feed in
      var count = 1_000
      while count == 1_000 { count = pair.send(1_000) }
      #expect(count < 1_000)
      #expect(pair.send(1) == -1)
      #expect(errno == EAGAIN)
      #expect(feed.pointee.rest > 0)
    }
  }

  @Test func `a receiver that has gone is told of as without a feed`() throws {
    try withFeed(.pattern(100_000)) { pair, feed in
      #expect(pair.send(10) == 10)
      pair.close(end: 1)
      let ahead = feed.pointee.ahead
      #expect(pair.send(ahead + 10) == ahead)
      #expect(pair.send(10) == -1)
      #expect(errno == EPIPE)
    }
  }

  @Test func `a detached feed is not sent from`() throws {
    let pair = try SocketPair()
    var byte: UInt8 = 7
    withUnsafePointer(to: &byte) { byte in
      var feed = body_feed(next: byte, rest: 1, ahead: 0)
      withUnsafeMutablePointer(to: &feed) { #expect(body_feed_attach(pair.sender, $0)) }
      body_feed_detach(pair.sender)
    }
    #expect(pair.send(1) == 1)
    #expect(pair.receive() == [255])
  }
}

import CDirectBody
import CLinux
import Glibc
import Testing

/// Sends at one end, and calls recv at the other as libmicrohttpd does.
extension SocketPair {
  fileprivate var receiver: Int32 { ends[0] }

  fileprivate func send(_ bytes: [UInt8]) {
    #expect(Glibc.send(ends[1], bytes, bytes.count, 0) == bytes.count)
  }

  fileprivate func finish() { shutdown(ends[1], Int32(SHUT_WR)) }

  /// The count that recv gives, and what it has written.
  fileprivate func receive(_ length: Int) -> (count: Int, bytes: [UInt8]) {
    var buffer = [UInt8](repeating: 255, count: length)
    return (recv(ends[0], &buffer, length, 0), buffer)
  }
}

/// What recv does with a socket that has a sink: all on one thread, as sinks belong to it.
struct BodySinkTests {
  /// Has `body` come from a socket with a sink for `count` bytes.
  private func withSink(
    _ count: Int,
    _ body: (SocketPair, UnsafeMutablePointer<body_sink>, UnsafeMutableBufferPointer<UInt8>) throws -> Void
  ) throws {
    let pair = try SocketPair()
    let memory = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: count)
    memory.initialize(repeating: 0)
    defer { memory.deallocate() }
    var sink = body_sink(next: memory.baseAddress, rest: count, ahead: 0)
    try withUnsafeMutablePointer(to: &sink) { sink in
      #expect(body_sink_attach(pair.receiver, sink))
      defer { body_sink_detach(pair.receiver) }
      try body(pair, sink, memory)
    }
  }

  @Test func `without a sink bytes go where the caller says`() throws {
    let pair = try SocketPair()
    pair.send([1, 2, 3])
    let received = pair.receive(4)
    #expect(received.count == 3)
    #expect(received.bytes == [1, 2, 3, 255])
  }

  @Test func `with a sink they go there, and the caller is told of as many as he asks for`() throws {
    try withSink(10) { pair, sink, memory in
      pair.send(Array(1...10))
      let first = pair.receive(4)
      #expect(first.count == 4)
      #expect(first.bytes == [255, 255, 255, 255])
      #expect(Array(memory) == Array(1...10))
      #expect(sink.pointee.rest == 0)
      #expect(sink.pointee.ahead == 6)
      #expect(pair.receive(4).count == 4)
      #expect(pair.receive(2).count == 2)
    }
  }

  @Test func `what follows the body goes behind it in the caller's buffer`() throws {
    try withSink(5) { pair, _, memory in
      pair.send([1, 2, 3, 4, 5, 6, 7])
      let received = pair.receive(10)
      #expect(received.count == 7)
      #expect(received.bytes == [255, 255, 255, 255, 255, 6, 7, 255, 255, 255])
      #expect(Array(memory) == [1, 2, 3, 4, 5])
    }
  }

  @Test func `a socket that has no more says so once all is told`() throws {
    try withSink(8) { pair, sink, _ in
      #expect(pair.receive(4).count == -1)
      #expect(errno == EAGAIN)
      pair.send([1, 2, 3])
      #expect(pair.receive(4).count == 3)
      #expect(pair.receive(4).count == -1)
      #expect(errno == EAGAIN)
      #expect(sink.pointee.rest == 5)
    }
  }

  @Test func `a body that breaks off ends as it would without a sink`() throws {
    try withSink(8) { pair, _, memory in
      pair.send([1, 2, 3])
      pair.finish()
      #expect(pair.receive(100).count == 3)
      #expect(pair.receive(100).count == 0)
      #expect(Array(memory.prefix(4)) == [1, 2, 3, 0])
    }
  }

  enum Farewell: CaseIterable {
    case end
    case reset
  }

  /// As libmicrohttpd does: it is told of a socket once, and reads until a count is short.
  @Test(arguments: Farewell.allCases)
  func `epoll tells again of a connection whose end has come together with its last bytes`(
    _ farewell: Farewell
  ) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    let port = try Ports.reserve()
    try #require(Loopback.withAddress(port) { bind(listener, $0, $1) } == 0 && listen(listener, 1) == 0)
    let sender = try Stream(port: port)
    let receiver = accept(listener, nil, nil)
    let epoll = epoll_create1(0)
    defer { for descriptor in [listener, receiver, epoll] { close(descriptor) } }
    var event = epoll_event(events: EPOLLIN.rawValue | EPOLLET.rawValue, data: epoll_data())
    try #require(epoll_ctl(epoll, EPOLL_CTL_ADD, receiver, &event) == 0)

    try sender.send([1, 2, 3])
    switch farewell {
    case .end: sender.finishSending()
    case .reset: sender.reset()
    }
    // The end has arrived, too.
    var state = pollfd(fd: receiver, events: Int16(EPOLLRDHUP.rawValue), revents: 0)
    try #require(poll(&state, 1, 20_000) == 1)
    try #require(epoll_wait(epoll, &event, 1, 0) == 1)

    var memory = [UInt8](repeating: 0, count: 8)
    memory.withUnsafeMutableBufferPointer { memory in
      var sink = body_sink(next: memory.baseAddress, rest: memory.count, ahead: 0)
      withUnsafeMutablePointer(to: &sink) { sink in
        #expect(body_sink_attach(receiver, sink))
        defer { body_sink_detach(receiver) }
        var buffer = [UInt8](repeating: 0, count: 100)
        #expect(recv(receiver, &buffer, 100, Int32(MSG_DONTWAIT)) == 3)
        #expect(epoll_wait(epoll, &event, 1, 0) == 1)
        #expect(recv(receiver, &buffer, 100, Int32(MSG_DONTWAIT)) <= 0)
      }
    }
    #expect(memory.prefix(4) == [1, 2, 3, 0])
  }

  @Test func `a detached sink gets nothing more`() throws {
    let pair = try SocketPair()
    var memory: UInt8 = 0
    withUnsafeMutablePointer(to: &memory) { memory in
      var sink = body_sink(next: memory, rest: 1, ahead: 0)
      withUnsafeMutablePointer(to: &sink) { #expect(body_sink_attach(pair.receiver, $0)) }
      body_sink_detach(pair.receiver)
    }
    pair.send([7])
    #expect(pair.receive(1).bytes == [7])
    #expect(memory == 0)
  }
}

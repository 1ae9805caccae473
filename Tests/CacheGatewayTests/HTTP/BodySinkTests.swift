import CBodySink
import Glibc
import Testing

/// What recv does with a socket that has a sink: all on one thread, as sinks belong to it.
struct BodySinkTests {
  /// A connected pair of sockets, and recv at one end as libmicrohttpd calls it.
  private final class Pair {
    private var ends: [Int32] = [-1, -1]

    init() throws {
      try #require(
        socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0, &ends) == 0)
    }

    deinit { for end in ends { close(end) } }

    var receiver: Int32 { ends[0] }

    func send(_ bytes: [UInt8]) { #expect(Glibc.send(ends[1], bytes, bytes.count, 0) == bytes.count) }

    func finish() { shutdown(ends[1], Int32(SHUT_WR)) }

    /// The count that recv gives, and what it has written.
    func receive(_ length: Int) -> (count: Int, bytes: [UInt8]) {
      var buffer = [UInt8](repeating: 255, count: length)
      return (recv(ends[0], &buffer, length, 0), buffer)
    }
  }

  /// Has `body` come from a socket with a sink for `count` bytes.
  private func withSink(
    _ count: Int,
    _ body: (Pair, UnsafeMutablePointer<body_sink>, UnsafeMutableBufferPointer<UInt8>) throws -> Void
  ) throws {
    let pair = try Pair()
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
    let pair = try Pair()
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

  @Test func `a detached sink gets nothing more`() throws {
    let pair = try Pair()
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

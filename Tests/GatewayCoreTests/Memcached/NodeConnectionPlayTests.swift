import Testing

@testable import GatewayCore

/// Random commands over a connection that loses, delays and breaks at random: every command is answered
/// once, and no value ever goes to the wrong one.
struct NodeConnectionPlayTests {
  /// A node that answers each `mg` with its key as the value.
  private struct EchoNode {
    private var received: [UInt8] = []
    var replies: [UInt8] = []

    mutating func receive(_ bytes: [UInt8]) {
      received += bytes
      while let end = received.firstIndex(of: 10) {
        let words = Array(received[..<end]).text.split(separator: " ")
        received.removeFirst(end + 1)
        let key = words[1]
        let opaque = (words.last ?? "").dropFirst().filter { $0 != "\r" }
        replies += Array("VA \(key.utf8.count) f0 t-1 c1 O\(opaque)\r\n\(key)\r\n".utf8)
      }
    }
  }

  private struct Play {
    let harness: ConnectionHarness
    var generator: SeededGenerator
    var node = EchoNode()
    var sent: [Int] = []

    init(seed: UInt64) throws {
      harness = try ConnectionHarness {
        $0.mostPending = 50
        // Values are 5 to 7 bytes long: with so little, two at a time.
        if seed.isMultiple(of: 2) { $0.readAhead = 10 }
      }
      generator = SeededGenerator(seed: seed)
    }

    mutating func step() throws {
      switch generator.int(0...19) {
      case 0...7:
        for _ in 0..<generator.int(1...5) {
          sent.append(harness.send(within: .milliseconds(Int64(generator.int(1...300)))))
        }
        harness.loop.runTurn()
      case 8...13: try exchange()
      case 14...16: harness.loop.advance(.milliseconds(Int64(generator.int(1...80))))
      case 17: try network { $0.makeRoom(generator.int(0...50)) }
      case 18 where generator.int(0...9) == 0: try breakConnection()
      default: try network { $0.makeRoom(nil) }
      }
      collect()
    }

    /// The connection comes about, or a part of the replies arrives.
    private mutating func exchange() throws {
      guard let socket = harness.loop.sockets.last, !socket.isClosed else { return }
      if !harness.connection.isOpen {
        node = EchoNode()
        return socket.finishConnecting(generator.int(0...9) == 0 ? .refused : nil)
      }
      let count = generator.int(0...node.replies.count)
      let part = Array(node.replies.prefix(count))
      node.replies.removeFirst(count)
      socket.deliver(part)
    }

    private mutating func breakConnection() throws {
      guard harness.connection.isOpen, let socket = harness.loop.sockets.last else { return }
      switch generator.int(0...3) {
      case 0: socket.end()
      // Neither can pass for the rest of a reply that was cut off.
      case 1: socket.deliver("this is not a reply\r\n")
      case 2: socket.deliver("EN O4294967295\r\n")
      default: harness.connection.close()
      }
      harness.loop.runTurn()
    }

    private func network(_ change: (FakeSocket) throws -> Void) throws {
      guard harness.connection.isOpen, let socket = harness.loop.sockets.last else { return }
      try change(socket)
    }

    /// What was sent reaches the node.
    private mutating func collect() {
      guard let socket = harness.loop.sockets.last, !socket.isClosed else { return }
      node.receive(socket.takeSent())
    }
  }

  @Test func `every command is answered exactly once and with its own value`() throws {
    var values = 0
    for seed in 0..<300 as Range<UInt64> {
      var play = try Play(seed: seed)
      for _ in 0..<200 { try play.step() }
      play.harness.loop.advance(.seconds(10))
      for slot in play.sent {
        let reply = try #require(play.harness.receiver.reply(slot), "seed \(seed), slot \(slot)")
        if reply.hasPrefix("value") {
          values += 1
          #expect(reply == "value key-\(slot)", "seed \(seed)")
        }
      }
      #expect(play.harness.receiver.count == play.sent.count)
    }
    #expect(values > 10_000)
  }
}

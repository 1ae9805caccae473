import Glibc
import Testing

@testable import GatewayCore

struct TCPSocketTests {
  /// Sends everything, and collects what comes back until the other end closes.
  private final class Echo: SocketHandler {
    var socket: (any StreamSocket)?
    private var output = OutputQueue()
    private var received: [UInt8] = []
    private let done: (String, [UInt8]) -> Void

    init(_ bytes: [UInt8], _ done: @escaping (String, [UInt8]) -> Void) {
      output.append(Bytes(bytes))
      self.done = done
    }

    func socketReady(_ readiness: Readiness) {
      guard let socket else { return }
      if readiness.contains(.writable), let error = socket.connectionError() { return finish("\(error)") }
      if readiness.contains(.readable) { receive(socket) }
      if readiness.contains(.writable), self.socket != nil { send(socket) }
    }

    private func receive(_ socket: any StreamSocket) {
      withUnsafeTemporaryAllocation(byteCount: 10_000, alignment: 1) { buffer in
        switch socket.receive(into: buffer) {
        case .bytes(let count): received += buffer.prefix(count)
        case .wouldBlock: return
        case .endOfStream: finish("closed")
        case .failed(let error): finish("\(error)")
        }
      }
    }

    private func send(_ socket: any StreamSocket) {
      while !output.isEmpty {
        guard case .bytes(let count) = socket.send(output.nextPieces()) else { return }
        output.consume(count)
      }
      socket.setWantsToWrite(false)
    }

    private func finish(_ outcome: String) {
      socket?.close()
      socket = nil
      done(outcome, received)
    }
  }

  private func exchange(_ bytes: [UInt8], port: UInt16) throws -> (outcome: String, received: [UInt8]) {
    let journal = Journal<(String, [UInt8])>()
    let address = try #require(SocketAddress(numericHost: "127.0.0.1", port: port))
    return try RunningLoop.with { running in
      running.loop.post { [loop = running.loop] in
        let echo = Echo(bytes) { journal.append(($0, $1)) }
        do {
          echo.socket = try loop.connect(to: address, handler: echo)
        } catch {
          journal.append(("\(error)", []))
        }
      }
      return try #require(journal.wait(for: 1).first)
    }
  }

  @Test func `sends and receives more than the system's buffers hold`() throws {
    let peer = try TCPPeer()
    let bytes = [UInt8].printable(8_000_000)
    let thread = try LoopThread {
      peer.acceptConnection()
      var count = 0
      while count < bytes.count {
        let part = peer.receive()
        if part.isEmpty { break }
        count += part.count
        peer.send(part)
      }
      peer.closeConnection()
    }
    let (outcome, received) = try exchange(bytes, port: peer.port)
    thread.join()
    #expect(outcome == "closed")
    #expect(received == bytes)
  }

  @Test func `a refused connection says so`() throws {
    let (outcome, _) = try exchange([1], port: Listener.freeLoopbackPort())
    #expect(outcome == "connect: Connection refused")
  }

  @Test func `what the peer had to say before it closed is received`() throws {
    let peer = try TCPPeer()
    let thread = try LoopThread {
      peer.acceptConnection()
      _ = peer.receive()
      peer.send([UInt8].printable(100_000))
      peer.closeConnection()
    }
    let (outcome, received) = try exchange([1], port: peer.port)
    thread.join()
    #expect(outcome == "closed")
    #expect(received == .printable(100_000))
  }
}

import Glibc
import Testing

@testable import GatewayCore

struct ListenerTests {
  private func open(_ port: UInt16, _ count: Int) throws -> [Listener] {
    try Listener.open(Endpoint(host: "127.0.0.1", port: port), count: count)
  }

  @Test func `port 0 takes a free port, the same for all workers`() throws {
    let listeners = try open(0, 4)
    defer { for listener in listeners { listener.close() } }
    #expect(listeners.count == 4)
    #expect(listeners[0].port > 0)
    #expect(Set(listeners.map(\.port)).count == 1)
    #expect(Set(listeners.map(\.descriptor)).count == 4)
  }

  @Test func `a port in use is refused, also to one who would share it`() throws {
    let listeners = try open(0, 2)
    defer { for listener in listeners { listener.close() } }
    #expect {
      try open(listeners[0].port, 1)
    } throws: {
      "\($0)" == "cannot listen at 127.0.0.1:\(listeners[0].port): Address already in use"
    }
  }

  @Test func `an address of somebody else is refused`() {
    #expect(throws: ListenError.self) {
      try Listener.open(Endpoint(host: "192.0.2.1", port: 0), count: 1)
    }
    #expect(throws: ListenError.self) {
      try Listener.open(Endpoint(host: "no such host!", port: 0), count: 1)
    }
  }

  @Test func `a port is free again after its listeners were closed`() throws {
    let listeners = try open(0, 2)
    for listener in listeners { listener.close() }
    let again = try open(listeners[0].port, 1)
    again[0].close()
  }

  @Test func `a free port can be listened at`() throws {
    let listeners = try open(Listener.freeLoopbackPort(), 1)
    listeners[0].close()
  }
}

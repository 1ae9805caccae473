import Glibc
import Testing

@testable import GatewayCore

/// Descriptors are used again at once by the system: no event for an old owner may reach the new one.
struct EpollTests {
  /// The two ends of a pipe.
  private final class Pipe: @unchecked Sendable {
    let reader: CInt
    private let writer: CInt

    init(filled: Bool) {
      var ends: [CInt] = [-1, -1]
      pipe(&ends)
      (reader, writer) = (ends[0], ends[1])
      if filled { fill() }
    }

    deinit {
      close(reader)
      close(writer)
    }

    func fill() { _ = write(writer, "x", 1) }

    func empty() {
      var byte: UInt8 = 0
      _ = read(reader, &byte, 1)
    }
  }

  /// A pipe's registration, and what is done when it is readable.
  private final class Watched: SocketHandler {
    let pipe: Pipe
    var registration: Registration?
    private let action: (Watched) -> Void

    init(_ pipe: Pipe, _ action: @escaping (Watched) -> Void) {
      self.pipe = pipe
      self.action = action
    }

    func socketReady(_ readiness: Readiness) { action(self) }

    func register(_ loop: EpollEventLoop) {
      registration = try? loop.register(pipe.reader, for: .readable, self)
    }

    func deregister(_ loop: EpollEventLoop) {
      if let registration { loop.deregister(pipe.reader, registration) }
    }
  }

  @Test func `an event for a registration that ended in the same turn is dropped`() throws {
    let journal = Journal<String>()
    try RunningLoop.with { running in
      running.loop.post { [loop = running.loop] in
        var pair: [Watched] = []
        for name in ["first", "second"] {
          // Whichever is told first ends both.
          let watched = Watched(Pipe(filled: true)) { _ in
            journal.append(name)
            for other in pair { other.deregister(loop) }
            pair = []
          }
          pair.append(watched)
          watched.register(loop)
        }
      }
      #expect(journal.wait(for: 1).count == 1)
      // Nothing more may come in another turn.
      try running.finishTurn()
      #expect(journal.all.count == 1)
    }
  }

  @Test func `an event for an old owner does not reach the new one of its slot`() throws {
    let journal = Journal<String>()
    let late = Pipe(filled: false)
    try RunningLoop.with { running in
      running.loop.post { [loop = running.loop] in
        var pair: [Watched] = []
        for _ in 0..<2 {
          let watched = Watched(Pipe(filled: true)) { _ in
            journal.append("old")
            let registrations = pair.map(\.registration)
            for other in pair { other.deregister(loop) }
            pair = []
            let fresh = Watched(late) { own in
              own.pipe.empty()
              journal.append("new")
            }
            fresh.register(loop)
            journal.append(
              registrations.contains { $0?.key.slot == fresh.registration?.key.slot }
                ? "same slot" : "other slot")
          }
          pair.append(watched)
          watched.register(loop)
        }
      }
      #expect(journal.wait(for: 2) == ["old", "same slot"])
      try running.finishTurn()
      #expect(journal.all.count == 2)
      late.fill()
      #expect(journal.wait(for: 3).last == "new")
    }
  }

  @Test func `readiness is told for as long as there is something to read`() throws {
    let journal = Journal<Int>()
    try RunningLoop.with { running in
      running.loop.post { [loop = running.loop] in
        var rounds = 0
        Watched(Pipe(filled: true)) { own in
          rounds += 1
          journal.append(rounds)
          if rounds == 5 { own.pipe.empty() }
        }.register(loop)
      }
      #expect(journal.wait(for: 5) == [1, 2, 3, 4, 5])
      try running.finishTurn()
      #expect(journal.all.count == 5)
    }
  }

  @Test func `a token tells slot and generation apart`() {
    for registration in [
      Registration(key: SlotTable.Key(slot: 0, generation: 0)),
      Registration(key: SlotTable.Key(slot: 7, generation: .max)),
      Registration(key: SlotTable.Key(slot: .max, generation: 1)),
    ] { #expect(Registration(token: registration.token) == registration) }
  }
}

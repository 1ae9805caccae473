import Glibc
import Testing

@testable import GatewayCore

struct EpollEventLoopTests {
  @Test func `timers fire in order and not before their deadlines`() throws {
    let journal = Journal<Int>()
    try RunningLoop.with { running in
      running.loop.post { [loop = running.loop] in
        for (name, milliseconds) in [30, 10, 20, 10].enumerated() {
          let deadline = loop.now + .milliseconds(Int64(milliseconds))
          let note = Note { journal.append(loop.now < deadline ? -1 : name) }
          _ = loop.schedule(at: deadline, note)
        }
      }
      #expect(journal.wait(for: 4) == [1, 3, 2, 0])
    }
  }

  @Test func `a cancelled timer does not fire`() throws {
    let journal = Journal<String>()
    try RunningLoop.with { running in
      running.loop.post { [loop = running.loop] in
        let cancelled = loop.schedule(at: loop.now + .milliseconds(5), Note { journal.append("cancelled") })
        _ = loop.schedule(
          at: loop.now + .milliseconds(1), Note { loop.cancel(cancelled) })
        _ = loop.schedule(at: loop.now + .milliseconds(20), Note { journal.append("other") })
      }
      #expect(journal.wait(for: 1) == ["other"])
    }
  }

  @Test func `a timer may schedule the next one, also for a time that has passed`() throws {
    let journal = Journal<Int>()
    try RunningLoop.with { running in
      running.loop.post { [loop = running.loop] in
        _ = loop.schedule(
          at: loop.now,
          Note {
            journal.append(1)
            _ = loop.schedule(at: loop.now + .seconds(-5), Note { journal.append(2) })
          })
      }
      #expect(journal.wait(for: 2) == [1, 2])
    }
  }

  @Test func `work posted from another thread wakes a loop that waits for nothing`() throws {
    try RunningLoop.with { running in
      for number in 0..<100 {
        let answer = try running.perform { _ in number }
        #expect(answer == number)
      }
      let isOnThread = try running.perform { $0.isIsolatingCurrentContext() }
      #expect(isOnThread == true)
      #expect(running.loop.isIsolatingCurrentContext() == false)
    }
  }

  @Test func `work posted from many threads runs once each, in each thread's order`() throws {
    let journal = Journal<Int>()
    try RunningLoop.with { running in
      let threads = try (0..<4).map { thread in
        try LoopThread { [loop = running.loop] in
          for step in 0..<2000 { loop.post { journal.append(thread * 10_000 + step) } }
        }
      }
      for thread in threads { thread.join() }
      let entries = journal.wait(for: 8000)
      #expect(entries.count == 8000)
      for thread in 0..<4 {
        let own = entries.filter { $0 / 10_000 == thread }
        #expect(own == (0..<2000).map { thread * 10_000 + $0 })
      }
    }
  }

  @Test func `work posted before the loop runs is done when it does`() throws {
    let journal = Journal<Int>()
    let loop = try EpollEventLoop()
    loop.post { journal.append(1) }
    let thread = try LoopThread { loop.run() }
    #expect(journal.wait(for: 1) == [1])
    loop.stop()
    thread.join()
  }

  @Test func `a turn ends with jobs first, then answers, then flushes`() throws {
    let journal = Journal<String>()
    try RunningLoop.with { running in
      running.loop.post { [loop = running.loop] in
        loop.atEndOfTurn(.flush, Note { journal.append("flush \(loop.flushCount)") })
        loop.atEndOfTurn(
          .answer,
          Note {
            journal.append("answer")
            loop.atEndOfTurn(.flush, Note { journal.append("flush \(loop.flushCount)") })
            Task(executorPreference: loop) { journal.append("job of an answer") }
          })
        Task(executorPreference: loop) { journal.append("job") }
      }
      #expect(journal.wait(for: 5) == ["job", "answer", "job of an answer", "flush 1", "flush 1"])
    }
  }

  // Each in a process of its own: overlapping accesses would end it.
  @Test func `a participant may ask for another answer from within its own`() async {
    await #expect(processExitsWith: .success) { try EpollEventLoopTests.askAgain(.answer) }
  }

  @Test func `a participant may ask for another flush from within its own`() async {
    await #expect(processExitsWith: .success) { try EpollEventLoopTests.askAgain(.flush) }
  }

  private static func askAgain(_ phase: TurnPhase) throws {
    let journal = Journal<Int>()
    try RunningLoop.with { running in
      running.loop.post { [loop = running.loop] in
        let again = Note {
          journal.append(1)
          loop.atEndOfTurn(phase, Note { journal.append(2) })
        }
        loop.atEndOfTurn(phase, again)
      }
      #expect(journal.wait(for: 2) == [1, 2])
    }
  }

  @Test func `a task on the loop stays on its thread, over sleeps too`() throws {
    let journal = Journal<Bool?>()
    try RunningLoop.with { running in
      Task(executorPreference: running.loop) { [loop = running.loop] in
        for _ in 0..<3 {
          journal.append(loop.isIsolatingCurrentContext())
          await loop.sleep(.milliseconds(2))
        }
        await withTaskGroup { group in
          group.addTask { journal.append(loop.isIsolatingCurrentContext()) }
        }
        journal.append(loop.isIsolatingCurrentContext())
      }
      #expect(journal.wait(for: 5) == [true, true, true, true, true])
    }
  }

  @Test func `sleeping tasks do not hold each other up`() throws {
    let journal = Journal<Int>()
    try RunningLoop.with { running in
      running.loop.post { [loop = running.loop] in
        for milliseconds in [40, 20, 60] {
          Task(executorPreference: loop) {
            await loop.sleep(.milliseconds(milliseconds))
            journal.append(milliseconds)
          }
        }
      }
      #expect(journal.wait(for: 3) == [20, 40, 60])
    }
  }

  @Test func `a continuation that is resumed from another thread resumes on the loop`() throws {
    let journal = Journal<Bool?>()
    try RunningLoop.with { running in
      Task(executorPreference: running.loop) { [loop = running.loop] in
        await withCheckedContinuation { continuation in
          _ = try? LoopThread { continuation.resume() }
        }
        journal.append(loop.isIsolatingCurrentContext())
      }
      #expect(journal.wait(for: 1) == [true])
    }
  }

  @Test func `the wall clock is the system's, and jitter stays within its bounds`() throws {
    try RunningLoop.with { running in
      let before = UInt64(time(nil))
      let told = try running.perform { $0.wallClock.seconds }
      #expect(told >= before)
      #expect(told <= UInt64(time(nil)) + 1)
      let drawn = try running.perform { loop in
        (0..<1000).map { _ in loop.jitter(.milliseconds(10), .milliseconds(20)) }
      }
      #expect(drawn.allSatisfy { $0 >= .milliseconds(10) && $0 <= .milliseconds(20) })
      #expect(Set(drawn).count > 900)
    }
  }

  @Test func `a loop that was stopped ends its thread`() throws {
    for _ in 0..<20 { try RunningLoop.with { _ in } }
  }
}

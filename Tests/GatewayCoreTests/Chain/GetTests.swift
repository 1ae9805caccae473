import Testing

@testable import GatewayCore

/// Rule C4, one read at a time. Links are counted from 1.
struct GetTests {
  @Test func `asks the placement in parallel and answers with the highest version`() throws {
    let harness = try ReadHarness()
    harness.read()
    #expect(harness.asked == [1, 2])
    try harness.answer(1, version: 5)
    #expect(harness.answers.isEmpty)
    try harness.answer(2, version: 6)
    #expect(harness.answers == ["body-6 from link 2"])
  }

  @Test func `waits for the others at most the read grace after the first hit`() throws {
    let harness = try ReadHarness { $0.readGrace = .milliseconds(5) }
    harness.read()
    try harness.answer(2, version: 5)
    harness.advance(.milliseconds(4))
    #expect(harness.answers.isEmpty)
    harness.advance(.milliseconds(1))
    #expect(harness.answers == ["body-5 from link 2"])
  }

  @Test func `a stand-in is not believed before the other links of the placement have said something`() throws
  {
    let harness = try ReadHarness()
    harness.goesDown(1)
    harness.read()
    #expect(harness.asked == [2, 3])
    try harness.answer(3, version: 5)
    harness.advance(.milliseconds(200))
    #expect(harness.answers.isEmpty)
    try harness.answer(2, version: 6)
    #expect(harness.answers == ["body-6 from link 2"])
  }

  @Test func `a stand-in is believed when the others have nothing, or do not answer in time`() throws {
    let missing = try ReadHarness()
    missing.goesDown(1)
    missing.read()
    try missing.answer(3, version: 5)
    try missing.miss(2)
    #expect(missing.answers == ["body-5 from link 3"])
    let silent = try ReadHarness()
    silent.goesDown(1)
    silent.read()
    try silent.answer(3, version: 5)
    silent.advance(.milliseconds(250))
    #expect(silent.answers == ["body-5 from link 3"])
  }

  @Test func `a stand-in is waited for as any other link`() throws {
    let harness = try ReadHarness { $0.readGrace = .milliseconds(5) }
    harness.goesDown(1)
    harness.read()
    try harness.answer(2, version: 5)
    harness.advance(.milliseconds(4))
    #expect(harness.answers.isEmpty)
    harness.advance(.milliseconds(1))
    #expect(harness.answers == ["body-5 from link 2"])
  }

  @Test func `of stand-ins alone, the first one's hit begins the grace`() throws {
    let harness = try ReadHarness(nodes: 4) { $0.readGrace = .milliseconds(5) }
    harness.goesDown(1)
    harness.goesDown(2)
    harness.read()
    #expect(harness.asked == [3, 4])
    try harness.answer(4, version: 5)
    harness.advance(.milliseconds(5))
    #expect(harness.answers == ["body-5 from link 4"])
  }

  @Test func `without a grace a stand-in's hit wins, too`() throws {
    let harness = try ReadHarness { $0.readGrace = .zero }
    harness.goesDown(1)
    harness.read()
    try harness.answer(3, version: 5)
    #expect(harness.answers == ["body-5 from link 3"])
  }

  @Test func `without a grace the first hit wins`() throws {
    let harness = try ReadHarness { $0.readGrace = .zero }
    harness.read()
    try harness.answer(2, version: 5)
    #expect(harness.answers == ["body-5 from link 2"])
  }

  @Test func `a miss of one link is not an answer while another has not said anything`() throws {
    let harness = try ReadHarness { $0.readGrace = .zero }
    harness.read()
    try harness.miss(1)
    harness.advance(.milliseconds(100))
    #expect(harness.answers.isEmpty)
    try harness.answer(2, version: 5)
    #expect(harness.answers == ["body-5 from link 2"])
  }

  @Test func `walks on through the reach when the placement has nothing`() throws {
    let harness = try ReadHarness()
    harness.read()
    try harness.miss(1)
    try harness.miss(2)
    #expect(harness.asked == [3])
    try harness.answer(3, version: 5)
    #expect(harness.answers == ["body-5 from link 3"])
  }

  @Test func `does not walk past the placement when nothing can be there`() throws {
    let harness = try ReadHarness { $0.failoverLifetime = .seconds(1) }
    harness.advance(.seconds(2))
    harness.read()
    try harness.miss(1)
    try harness.miss(2)
    #expect(harness.answers == ["miss, silent: []"])
  }

  @Test func `a miss of a link that has missed a write meanwhile is none, and it is named`() throws {
    let harness = try ReadHarness { $0.failoverLifetime = .seconds(1) }
    harness.advance(.seconds(2))
    harness.read()
    harness.writeMissed(2, version: 5)
    try harness.miss(1)
    try harness.miss(2)
    #expect(harness.answers == ["miss, silent: [2]"])
  }

  @Test func `steps over a link that times out, and names it`() throws {
    let harness = try ReadHarness()
    harness.read()
    try harness.miss(1)
    harness.advance(.milliseconds(250))
    #expect(harness.asked.contains(3))
    try harness.miss(3)
    #expect(harness.answers == ["miss, silent: [2]"])
  }

  @Test func `is unreachable when no link says anything`() throws {
    let harness = try ReadHarness()
    harness.read()
    harness.advance(.seconds(2))
    #expect(harness.answers == ["unreachable, silent: [1, 2, 3]"])
  }

  @Test func `a tombstone is a definite miss, over any older copy`() throws {
    let harness = try ReadHarness()
    harness.read()
    try harness.answer(1, version: 5)
    try harness.answer(2, version: 6, .tombstone)
    #expect(harness.answers == ["miss, silent: []"])
    #expect(!harness.asked.contains(3))
  }

  @Test func `links that agree are asked nothing more`() throws {
    let harness = try ReadHarness()
    harness.read()
    try harness.answer(2, version: 5, cas: 7)
    try harness.answer(1, version: 5, cas: 9)
    #expect(harness.answers == ["body-5 from link 1"])
    #expect([1, 2, 3].map(harness.sent) == ["", "", ""])
  }

  @Test func `a tombstone on which the links agree ends the walk`() throws {
    let harness = try ReadHarness()
    harness.read()
    try harness.answer(1, version: 5, .tombstone)
    try harness.answer(2, version: 5, .tombstone)
    #expect(harness.answers == ["miss, silent: []"])
    #expect([1, 2, 3].map(harness.sent) == ["", "", ""])
  }

  @Test func `a reply after the grace is not waited for twice`() throws {
    let harness = try ReadHarness { $0.readGrace = .milliseconds(5) }
    harness.read()
    try harness.answer(1, version: 5)
    harness.advance(.milliseconds(5))
    try harness.answer(2, version: 5)
    #expect(harness.answers == ["body-5 from link 1"])
    #expect([1, 2, 3].map(harness.sent) == ["", "", ""])
  }

  @Test(arguments: [0, 5]) func `a damaged copy does not end the wait for a good one`(
    milliseconds: Int64
  ) throws {
    let harness = try ReadHarness { $0.readGrace = .milliseconds(milliseconds) }
    harness.read()
    try harness.damaged(1)
    harness.advance(.milliseconds(50))
    #expect(harness.answers.isEmpty)
    try harness.answer(2, version: 5)
    #expect(harness.answers == ["body-5 from link 2"])
  }

  @Test func `reads in sequence ask one link at a time, as far as needed`() throws {
    let harness = try ReadHarness { $0.readMode = .sequential }
    harness.read()
    #expect(harness.asked == [1])
    try harness.miss(1)
    #expect(harness.asked == [2])
    try harness.answer(2, version: 5)
    #expect(harness.answers == ["body-5 from link 2"])
  }

  @Test func `identical reads in one turn share the commands`() throws {
    let harness = try ReadHarness()
    harness.read()
    try harness.answer(1, version: 4)
    try harness.answer(2, version: 4)
    // The connections stand now: these two reads begin within one turn.
    harness.readTwice()
    #expect(harness.commandCount == 2)
    try harness.answer(1, version: 5)
    try harness.answer(2, version: 5)
    #expect(harness.answers == ["body-4 from link 1", "body-5 from link 1", "body-5 from link 1"])
  }

  @Test func `a read that comes after the commands have left asks anew`() throws {
    let harness = try ReadHarness()
    harness.read()
    try harness.answer(1, version: 4)
    try harness.answer(2, version: 4)
    harness.read()
    harness.read()
    try harness.answer(1, version: 5)
    try harness.answer(2, version: 5)
    #expect(harness.answers.count == 2)
    #expect(harness.asked == [1, 2])
    try harness.answer(1, version: 6)
    try harness.answer(2, version: 6)
    #expect(
      harness.answers == ["body-4 from link 1", "body-5 from link 1", "body-6 from link 1"])
  }

  @Test func `a read that begins within another's answer asks anew`() throws {
    let harness = try ReadHarness()
    harness.readTwiceOver()
    try harness.answer(1, version: 4)
    try harness.answer(2, version: 4)
    #expect(harness.asked == [1, 2])
    try harness.answer(1, version: 5)
    try harness.answer(2, version: 5)
    #expect(harness.answers == ["body-4 from link 1", "body-5 from link 1"])
  }

  @Test func `the grace of a read that was answered does not end the read that waited for it`() throws {
    let harness = try ReadHarness { $0.readGrace = .milliseconds(5) }
    harness.read()
    try harness.answer(1, version: 4)
    harness.read()
    try harness.answer(2, version: 4)
    #expect(harness.asked == [1, 2])
    harness.advance(.milliseconds(5))
    #expect(harness.answers == ["body-4 from link 1"])
    try harness.answer(1, version: 5)
    try harness.answer(2, version: 5)
    for version in 6...8 as ClosedRange<UInt64> {
      harness.read()
      try harness.answer(1, version: version)
      try harness.answer(2, version: version)
    }
    #expect(harness.answers == (4...8).map { "body-\($0) from link 1" })
  }
}

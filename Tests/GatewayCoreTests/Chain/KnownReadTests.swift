import Testing

@testable import GatewayCore

/// Reads of a key whose copies are known from the read before. Links are counted from 1.
struct KnownReadTests {
  /// Both links of the placement are known to have version 5: as item 7 and as item 8.
  private func knowing() throws -> ReadHarness {
    let harness = try ReadHarness { $0.readGrace = .milliseconds(5) }
    // The first read makes the connections.
    for _ in 1...2 {
      harness.read()
      try harness.answer(1, version: 5, cas: 7)
      try harness.answer(2, version: 5, cas: 8)
    }
    #expect(harness.answers == ["body-5 from link 1", "body-5 from link 1"])
    return harness
  }

  private func asksForValue(_ harness: ReadHarness, _ link: Int) -> Bool {
    harness.sent(link).contains(" v ")
  }

  @Test func `one link is asked for the value, and the other which item it has`() throws {
    let harness = try knowing()
    harness.read()
    #expect(harness.asked == [1, 2])
    #expect(asksForValue(harness, 1))
    #expect(!asksForValue(harness, 2))
    try harness.item(2, version: 5, cas: 8)
    try harness.answer(1, version: 5, cas: 7)
    #expect(harness.answers.count == 3)
    #expect(harness.asked == [])
  }

  @Test func `another item may be newer: it is read and waited for, also past the grace`() throws {
    let harness = try knowing()
    harness.read()
    try harness.answer(1, version: 5, cas: 7)
    try harness.item(2, version: 6, cas: 9)
    #expect(asksForValue(harness, 2))
    harness.advance(.milliseconds(50))
    #expect(harness.answers.count == 2)
    try harness.answer(2, version: 6, cas: 9)
    #expect(harness.answers.last == "body-6 from link 2")
  }

  @Test func `a known item does not hide that the first link has a newer one`() throws {
    let harness = try knowing()
    harness.read()
    try harness.item(2, version: 5, cas: 8)
    try harness.answer(1, version: 6, cas: 10)
    try harness.answer(2, version: 5, cas: 8)
    #expect(harness.answers.last == "body-6 from link 1")
    #expect(harness.sent(2).contains("ms "), "link 2 is brought up to date")
  }

  @Test func `when the first link stays silent, the other is asked for the value after the grace`() throws {
    let harness = try knowing()
    harness.read()
    try harness.item(2, version: 5, cas: 8)
    harness.advance(.milliseconds(4))
    #expect(harness.asked == [1])
    harness.advance(.milliseconds(1))
    #expect(asksForValue(harness, 2))
    try harness.answer(2, version: 5, cas: 8)
    #expect(harness.answers.last == "body-5 from link 2")
  }

  @Test func `while the first link sends its value, the other is not asked for it`() throws {
    let harness = try knowing()
    harness.read()
    try harness.item(2, version: 5, cas: 8)
    harness.advance(.milliseconds(4))
    let rest = try harness.beginAnswer(1, version: 5, arriving: 20_000)
    harness.advance(.milliseconds(2))
    #expect(!asksForValue(harness, 2))
    try harness.deliver(1, rest)
    #expect(harness.answers.count == 3)
    #expect(harness.asked == [])
  }

  @Test func `when the first link falls silent amidst its value, the other is asked for it`() throws {
    let harness = try knowing()
    harness.read()
    try harness.item(2, version: 5, cas: 8)
    _ = try harness.beginAnswer(1, version: 5, arriving: 20_000)
    for _ in 1...4 { harness.advance(.milliseconds(5)) }
    #expect(asksForValue(harness, 2))
    try harness.answer(2, version: 5, cas: 8)
    #expect(harness.answers.last == "body-5 from link 2")
  }

  @Test func `when the first link only trickles, the other is asked for the value`() throws {
    let harness = try knowing()
    harness.read()
    try harness.item(2, version: 5, cas: 8)
    var rest = try harness.beginAnswer(1, version: 5, arriving: 100)
    for _ in 1...5 {
      try harness.deliver(1, Array(rest.prefix(1000)))
      rest.removeFirst(1000)
      harness.advance(.milliseconds(1))
    }
    #expect(asksForValue(harness, 2))
  }

  @Test func `a node that tells of an item where its value was asked for has not answered`() throws {
    let harness = try ReadHarness { $0.readGrace = .zero }
    harness.read()
    _ = try harness.beginAnswer(1, version: 5, arriving: 20_000)
    try harness.item(2, version: 5, cas: 8)
    #expect(harness.answers == [])
    harness.advance(.milliseconds(250))
    harness.advance(.milliseconds(250))
    #expect(harness.answers.count == 1)
  }

  @Test func `a key that is known in three copies is read from a placement of four links, too`() throws {
    let harness = try ReadHarness(nodes: 4) {
      $0.readGrace = .milliseconds(5)
      $0.replicas = 4
    }
    for _ in 1...2 {
      harness.written(version: 5)
      harness.read()
      #expect(asksForValue(harness, 4))
      for link in 1...4 where harness.asked.contains(link) { try harness.answer(link, version: 5) }
    }
    #expect(harness.answers == ["body-5 from link 1", "body-5 from link 1"])
  }

  // MARK: Links that answer late

  @Test func `a link that tells of its item late is not asked for the value, and stays known`() throws {
    let harness = try knowing()
    harness.read()
    try harness.answer(1, version: 5, cas: 7)
    harness.advance(.milliseconds(5))
    #expect(harness.answers.count == 3)
    try harness.item(2, version: 5, cas: 8)
    #expect(harness.asked == [])
    #expect(harness.sent(2) == "")
    harness.read()
    #expect(!asksForValue(harness, 2))
  }

  @Test func `a link that tells late of another item is asked for it, and the answer is compared`() throws {
    let harness = try knowing()
    harness.read()
    try harness.answer(1, version: 5, cas: 7)
    harness.advance(.milliseconds(5))
    try harness.item(2, version: 6, cas: 9)
    #expect(asksForValue(harness, 2))
    try harness.answer(2, version: 6, cas: 9)
    try harness.item(2, version: 6, cas: 9)
    #expect(harness.sent(1).contains("ms "), "link 1 is brought up to date")
  }

  @Test func `an item that was known says nothing where the answer was newer`() throws {
    let harness = try knowing()
    harness.read()
    try harness.answer(1, version: 6, cas: 10)
    harness.advance(.milliseconds(5))
    #expect(harness.answers.last == "body-6 from link 1")
    try harness.item(2, version: 5, cas: 8)
    try harness.answer(2, version: 5, cas: 8)
    try harness.item(1, version: 6, cas: 10)
    #expect(harness.sent(2).contains("ms "), "link 2 is brought up to date")
  }

  @Test func `what a late value tells is known from then on`() throws {
    let harness = try ReadHarness { $0.readGrace = .milliseconds(5) }
    // The first read makes the connections.
    for count in 1...2 {
      harness.read()
      #expect(asksForValue(harness, 2))
      try harness.answer(1, version: 5, cas: 7)
      harness.advance(.milliseconds(5))
      #expect(harness.answers.count == count)
      try harness.answer(2, version: 5, cas: 8)
    }
    harness.read()
    #expect(!asksForValue(harness, 2))
    try harness.item(2, version: 5, cas: 8)
    try harness.answer(1, version: 5, cas: 7)
    #expect(harness.answers.count == 3)
  }

  @Test func `what a late value tells of another version is not`() throws {
    let harness = try ReadHarness { $0.readGrace = .milliseconds(5) }
    // The first read makes the connections.
    harness.read()
    for link in 1...2 { try harness.answer(link, version: 5) }
    harness.read()
    try harness.answer(1, version: 5, cas: 7)
    harness.advance(.milliseconds(5))
    try harness.answer(2, version: 4, cas: 8)
    harness.read()
    #expect(asksForValue(harness, 2))
  }

  @Test func `with three copies, known items are no reason to wait for the link that is late`() throws {
    let harness = try ReadHarness {
      $0.readGrace = .milliseconds(5)
      $0.replicas = 3
    }
    for _ in 1...2 {
      harness.read()
      for link in 1...3 { try harness.answer(link, version: 5, cas: UInt64(link)) }
    }
    harness.read()
    try harness.answer(1, version: 5, cas: 1)
    try harness.item(2, version: 5, cas: 2)
    harness.advance(.milliseconds(5))
    #expect(harness.answers.count == 3)
    #expect(!asksForValue(harness, 2))
    try harness.miss(3)
    try harness.item(1, version: 5, cas: 1)
    #expect(harness.sent(3).contains("ms "), "link 3 is filled")
    #expect(harness.sent(2) == "")
  }

  @Test func `what the silent first link says in the end is held against the other's value`() throws {
    let harness = try knowing()
    harness.read()
    try harness.item(2, version: 6, cas: 9)
    harness.advance(.milliseconds(5))
    try harness.answer(1, version: 5, cas: 7)
    #expect(harness.answers.count == 2)
    try harness.answer(2, version: 6, cas: 9)
    #expect(harness.answers.last == "body-6 from link 2")
  }

  @Test func `when the first link has lost it, the other is asked for the value`() throws {
    let harness = try knowing()
    harness.read()
    try harness.item(2, version: 5, cas: 8)
    try harness.miss(1)
    try harness.answer(2, version: 5, cas: 8)
    #expect(harness.answers.last == "body-5 from link 2")
    #expect(harness.sent(1).contains("ms "), "link 1 is filled")
  }

  @Test func `what was known wrongly is forgotten`() throws {
    let harness = try knowing()
    harness.read()
    try harness.answer(1, version: 5, cas: 7)
    try harness.item(2, version: 5, cas: 9)
    try harness.answer(2, version: 5, cas: 9)
    harness.read()
    #expect(asksForValue(harness, 2))
  }

  @Test func `nothing is known of a link whose connection broke since`() throws {
    let harness = try knowing()
    try harness.breakConnection(2)
    harness.read()
    #expect(asksForValue(harness, 2))
  }

  @Test func `what both links miss is forgotten`() throws {
    let harness = try knowing()
    harness.advance(.seconds(600))
    harness.read()
    #expect(!asksForValue(harness, 2))
    try harness.miss(1)
    try harness.miss(2)
    #expect(harness.answers.last == "miss, silent: []")
    harness.read()
    #expect(asksForValue(harness, 2))
  }

  @Test func `without a grace each link is asked for the value, whatever is known`() throws {
    let harness = try ReadHarness { $0.readGrace = .zero }
    harness.read()
    try harness.answer(1, version: 5)
    try harness.answer(2, version: 5)
    harness.written(version: 6)
    harness.read()
    #expect(asksForValue(harness, 1))
    #expect(asksForValue(harness, 2))
    try harness.answer(2, version: 6)
    #expect(harness.answers.last == "body-6 from link 2")
  }
}

import Testing

@testable import GatewayCore

/// Reads of many keys by one object. Links are counted from 1.
struct BatchReadTests {
  private func body(_ key: Int, _ length: Int = 40) -> [UInt8] {
    Array(String(repeating: "value of \(key), ", count: length / 14 + 1).utf8.prefix(length))
  }

  private func expected(_ keys: Int, version: UInt64 = 5) -> [[String]] {
    (0..<keys).map { ["\(version): \(body($0).text)"] }
  }

  /// Both links of each key are known to have version 5.
  private func knowing(_ keys: Int, _ change: (inout ChainSettings) -> Void = { _ in }) throws -> BatchHarness
  {
    let harness = try BatchHarness(keys: keys, change)
    // The first read makes the connections.
    for _ in 1...2 {
      harness.read()
      try harness.answer { key, _ in .record(5, body: body(key)) }
    }
    #expect(harness.outcomes == expected(keys))
    return harness
  }

  @Test(arguments: [1, 7, 1000, 100_000])
  func `each key has its own value, in whatever pieces the replies come`(size: Int) throws {
    // Longer than what is lent among them, and more than the buffer holds.
    let lengths = [0, 10, 100, 1000, 4000, MetaReplyParser.longestLent, 5000, 70_000]
    let harness = try BatchHarness(keys: size < 100 ? 6 : 40)
    for _ in 1...3 {
      harness.read()
      try harness.answer(pieces: size) { key, _ in .record(5, body: body(key, lengths[key % 8])) }
      #expect(
        harness.outcomes == harness.keys.indices.map { ["5: \(body($0, lengths[$0 % 8]).text)"] })
    }
  }

  @Test func `known keys are asked of one link for the value, and of the other which item it has`() throws {
    let harness = try knowing(20)
    let before = (harness.gets, harness.peeks)
    harness.read()
    try harness.answer { key, _ in .record(5, body: body(key)) }
    #expect(harness.gets - before.0 == 20)
    #expect(harness.peeks - before.1 == 20)
    #expect(harness.outcomes == expected(20))
  }

  @Test func `a read whose links differ waits for the newer one, and the others do not`() throws {
    let harness = try knowing(6)
    harness.read()
    try harness.answer { key, link in .record(key == 3 && link == 2 ? 6 : 5, body: body(key)) }
    var others = expected(6)
    others[3] = []
    #expect(harness.outcomes == others)
    #expect(harness.sent(node: harness.node(3, link: 2)).contains(" v "), "it is asked for the value")
    try harness.answer { key, link in .record(6, body: body(key)) }
    #expect(harness.outcomes[3] == ["6: \(body(3).text) from link 2"])
    #expect(harness.isRepaired(3, link: 1))
  }

  @Test func `links that are both asked for the value may differ too`() throws {
    let harness = try BatchHarness(keys: 4)
    for version in [6, 7] as [UInt64] {
      harness.read()
      try harness.answer { key, link in .record(link == 1 ? version : 5, body: body(key)) }
      #expect(harness.outcomes == (0..<4).map { ["\(version): \(body($0).text) from link 1"] })
      #expect((0..<4).allSatisfy { harness.isRepaired($0, link: 2) })
      try harness.answer { _, _ in .silence }
    }
  }

  @Test func `a missing key is a miss, one that a link lacks is brought up to date`() throws {
    let harness = try knowing(6)
    // Copies past the placement can be nowhere.
    harness.advance(.seconds(700))
    harness.read()
    try harness.answer { key, link in key == 2 || key == 4 && link == 1 ? .miss : .record(5, body: body(key))
    }
    try harness.answer { key, link in .record(5, body: body(key)) }
    #expect(harness.outcomes[2] == ["miss, silent: 0"])
    #expect(harness.outcomes[4] == ["5: \(body(4).text) from link 2"])
    #expect(harness.isRepaired(4, link: 1))
  }

  @Test func `a damaged copy is never served`() throws {
    let harness = try knowing(3)
    harness.read()
    try harness.answer { key, link in key == 1 && link == 1 ? .damaged : .record(5, body: body(key)) }
    try harness.answer { key, link in .record(5, body: body(key)) }
    #expect(harness.outcomes[0] == ["5: \(body(0).text)"])
    #expect(harness.outcomes[1] == ["5: \(body(1).text) from link 2"])
  }

  @Test func `a node that hangs costs its keys the grace, and the others nothing`() throws {
    let harness = try knowing(30)
    let hung = harness.node(0, link: 2)
    let (touched, free) = (0..<30).reduce(into: ([Int](), [Int]())) { lists, key in
      if harness.node(key, link: 1) == hung || harness.node(key, link: 2) == hung {
        lists.0.append(key)
      } else {
        lists.1.append(key)
      }
    }
    #expect(!touched.isEmpty && !free.isEmpty)
    harness.read()
    for node in 0..<3 where node != hung {
      try harness.answer(node: node) { key, _ in .record(5, body: body(key)) }
    }
    for key in free { #expect(harness.outcomes[key] == ["5: \(body(key).text)"]) }
    for key in touched { #expect(harness.outcomes[key] == []) }
    harness.advance(.milliseconds(6))
    // Those that had been asked only which item they have are asked for its value.
    for node in 0..<3 where node != hung {
      try harness.answer(node: node) { key, _ in .record(5, body: body(key)) }
    }
    for key in touched {
      let link = harness.node(key, link: 1) == hung ? 2 : 1
      #expect(harness.outcomes[key] == ["5: \(body(key).text) from link \(link)"])
    }
    // What comes late is heard by nobody any more.
    try harness.answer(node: hung) { key, _ in .record(5, body: body(key)) }
    #expect(harness.outcomes.allSatisfy { $0.count == 1 })
    #expect(harness.batch == nil)
  }

  @Test func `without a grace the first value is the answer`() throws {
    let harness = try BatchHarness(keys: 5) { $0.readGrace = .zero }
    for _ in 1...2 {
      harness.read()
      for node in 0..<2 { try harness.answer(node: node) { key, _ in .record(5, body: body(key)) } }
      #expect(harness.outcomes.allSatisfy { $0.count == 1 && $0[0].hasPrefix("5: ") })
      try harness.answer(node: 2) { key, _ in .record(5, body: body(key)) }
      #expect(harness.outcomes.allSatisfy { $0.count == 1 })
    }
    #expect(harness.peeks == 0)
  }

  @Test func `a connection that breaks is stepped over`() throws {
    let harness = try knowing(20)
    harness.read()
    let broken = harness.node(0, link: 1)
    for node in 0..<3 where node != broken {
      try harness.answer(node: node) { key, _ in .record(5, body: body(key)) }
    }
    harness.breakConnection(node: broken)
    for node in 0..<3 where node != broken {
      try harness.answer(node: node) { key, _ in .record(5, body: body(key)) }
    }
    #expect(harness.outcomes.allSatisfy { $0.count == 1 && $0[0].hasPrefix("5: ") })
  }

  @Test func `a deleted key is a miss, an empty value is none`() throws {
    let harness = try BatchHarness(keys: 2)
    for _ in 1...2 {
      harness.read()
      try harness.answer { key, _ in .record(5, body: [], key == 0 ? .tombstone : .value) }
    }
    #expect(harness.outcomes == [["miss, silent: 0"], ["5: "]])
  }

  @Test func `one link or three are asked alike, and one after the other where the settings say so`() throws {
    for replicas in [1, 3] {
      let harness = try BatchHarness(keys: 5) { $0.replicas = replicas }
      for _ in 1...2 {
        harness.read()
        try harness.answer { key, _ in .record(5, body: body(key)) }
        #expect(harness.outcomes == expected(5))
      }
    }
    let sequential = try BatchHarness(keys: 5) { $0.readMode = .sequential }
    sequential.read()
    for _ in 1...2 { try sequential.answer { key, _ in .record(5, body: body(key)) } }
    #expect(sequential.outcomes == (0..<5).map { ["5: \(body($0).text) from link 1"] })
  }

  @Test func `nothing holds a batch that is done`() throws {
    let harness = try knowing(10)
    harness.read()
    #expect(harness.batch != nil)
    try harness.answer { key, _ in .record(5, body: body(key)) }
    #expect(harness.batch == nil)
  }

  @Test func `many commands leave before the turn ends, and are counted as gone`() throws {
    let harness = try knowing(600)
    let count = harness.loop.flushCount
    harness.coordinator.isolated(harness) { coordinator, harness in
      let few = BatchRead(count: 1, .configured, for: harness, on: coordinator)
      few.begin(harness.keys[0], number: 0, on: coordinator)
      BatchRead.flushEarly(on: coordinator)
      #expect((0..<3).allSatisfy { harness.sent(node: $0) == "" })
      #expect(coordinator.loop.flushCount == count)
      let many = BatchRead(count: 600, .configured, for: harness, on: coordinator)
      for number in 1..<600 { many.begin(harness.keys[number], number: number, on: coordinator) }
      BatchRead.flushEarly(on: coordinator)
      #expect((0..<3).allSatisfy { harness.sent(node: $0).contains("mg ") })
      #expect(coordinator.loop.flushCount == count + 1)
    }
    harness.loop.runTurn()
    try harness.answer { key, _ in .record(5, body: body(key)) }
  }
}

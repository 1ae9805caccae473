import Testing

@testable import GatewayCore

struct KnownCopiesTests {
  private let version = Version(time: 5, writer: 1)

  private func entry(_ key: Key, _ cas: UInt64) -> KnownCopies.Entry {
    var entry = KnownCopies.Entry(key, version)
    entry.items[0] = KnownItem(era: 3, cas: cas)
    return entry
  }

  /// Keys that share one place of a table with a single place in each part.
  private func neighbours(_ count: Int) throws -> [Key] {
    var keys: [Key] = []
    var number = 0
    while keys.count < count {
      let key = try Key("key-\(number)")
      number += 1
      if key.hash & 63 == 0 { keys.append(key) }
    }
    return keys
  }

  @Test func `what was noted is known until it is forgotten`() throws {
    let copies = KnownCopies()
    let key = try Key("a")
    #expect(copies.find(key) == nil)
    copies.note(entry(key, 7))
    #expect(copies.find(key)?.version == version)
    #expect(copies.find(key)?.cas(0, era: 3) == 7)
    #expect(copies.find(try Key("b")) == nil)
    copies.forget(key)
    #expect(copies.find(key) == nil)
  }

  @Test func `an item counts in its own era only, and never where no connection stands`() throws {
    let known = entry(try Key("a"), 7)
    #expect(known.cas(0, era: 4) == nil)
    #expect(known.cas(1, era: 3) == nil)
    #expect(known.cas(1, era: 0) == nil)
  }

  @Test func `items without numbers, and of links past those that are noted, are not known`() throws {
    #expect(entry(try Key("a"), 0).cas(0, era: 3) == nil)
    #expect(entry(try Key("a"), 7).cas(KnownCopies.mostLinks, era: 3) == nil)
  }

  @Test func `four keys share a place, and the one noted first makes room for a fifth`() throws {
    let copies = KnownCopies(placesPerPart: 1)
    let keys = try neighbours(5)
    for (number, key) in keys.dropLast().enumerated() { copies.note(entry(key, UInt64(number + 1))) }
    for number in 0..<4 { #expect(copies.find(keys[number])?.cas(0, era: 3) == UInt64(number + 1)) }
    copies.note(entry(keys[4], 5))
    #expect(copies.find(keys[0]) == nil)
    for number in 1..<5 { #expect(copies.find(keys[number])?.cas(0, era: 3) == UInt64(number + 1)) }
  }

  @Test func `the key noted longest ago makes room, not the one that came first`() throws {
    let copies = KnownCopies(placesPerPart: 1)
    let keys = try neighbours(5)
    for key in keys.dropLast() { copies.note(entry(key, 1)) }
    copies.note(entry(keys[0], 2))
    copies.note(entry(keys[4], 1))
    #expect(copies.find(keys[0])?.cas(0, era: 3) == 2)
    #expect(copies.find(keys[1]) == nil)
    for number in 2..<5 { #expect(copies.find(keys[number])?.cas(0, era: 3) == 1) }
  }

  @Test func `one that is forgotten takes no neighbour along`() throws {
    let copies = KnownCopies(placesPerPart: 1)
    let keys = try neighbours(4)
    for key in keys { copies.note(entry(key, 1)) }
    copies.forget(keys[2])
    for number in 0..<4 { #expect((copies.find(keys[number]) == nil) == (number == 2)) }
  }

  @Test func `a table two fifths full knows almost all of its keys`() throws {
    let copies = KnownCopies()
    let keys = try (0..<100_000).map { try Key("key-\($0)") }
    for key in keys { copies.note(entry(key, 7)) }
    #expect(keys.count { copies.find($0) != nil } > 97_500)
  }

  @Test func `what is noted anew displaces nobody`() throws {
    let copies = KnownCopies(placesPerPart: 1)
    let keys = try neighbours(2)
    copies.note(entry(keys[0], 1))
    copies.note(entry(keys[1], 2))
    copies.note(entry(keys[1], 3))
    #expect(copies.find(keys[0])?.cas(0, era: 3) == 1)
    #expect(copies.find(keys[1])?.cas(0, era: 3) == 3)
  }

  @Test func `the older one of two, noted anew, leaves nothing of itself behind`() throws {
    let copies = KnownCopies(placesPerPart: 1)
    let keys = try neighbours(2)
    copies.note(entry(keys[0], 1))
    copies.note(entry(keys[1], 2))
    copies.note(entry(keys[0], 3))
    #expect(copies.find(keys[0])?.cas(0, era: 3) == 3)
    #expect(copies.find(keys[1])?.cas(0, era: 3) == 2)
  }

  @Test func `of several connections that break, the first one ends the era`() {
    let node = Node(
      index: 2, configuration: NodeConfiguration(name: "n", host: "127.0.0.1", port: 1),
      missed: .inMemory(), now: Instant(nanoseconds: 0))
    let era = node.era
    node.endEra(era)
    let next = node.era
    #expect(next != era)
    node.endEra(era)
    #expect(node.era == next)
  }
}

import Testing

@testable import GatewayCore

/// Writes in one round trip. Links are counted from 1.
struct DirectWriteTests {
  @Test func `where nothing is known it adds at all links of the placement at once`() throws {
    let harness = try PutHarness()
    harness.put()
    for link in 1...2 {
      #expect(harness.sent(link).hasPrefix("ms k "))
      #expect(harness.sent(link).contains(" ME"))
    }
    #expect(harness.sent(3) == "")
    try harness.reply(1, "HD c11")
    #expect(harness.answers == [])
    try harness.reply(2, "HD c12")
    #expect(harness.answers == ["2/2"])
  }

  @Test func `what is known is replaced by compare-and-swap, a value and a tombstone alike`() throws {
    let harness = try PutHarness()
    harness.put()
    try harness.reply(1, "HD c11")
    try harness.reply(2, "HD c12")
    harness.delete()
    #expect(harness.sent(1).contains(" C11"))
    #expect(harness.sent(2).contains(" C12"))
    try harness.reply(1, "HD c13")
    try harness.reply(2, "HD c14")
    harness.put()
    #expect(harness.sent(1).contains(" C13"))
    #expect(harness.sent(2).contains(" C14"))
    try harness.reply(1, "HD c15")
    try harness.reply(2, "HD c16")
    #expect(harness.answers == ["2/2", "2/2", "2/2"])
  }

  @Test func `a link that holds something older has it replaced, once it has told which`() throws {
    let harness = try PutHarness()
    harness.put()
    try harness.reply(1, "HD c11")
    try harness.reply(2, "NS")
    #expect(harness.answers == [])
    #expect(harness.sent(2).hasPrefix("mg k v"))
    try harness.replyWithCopy(2, secondsOld: 60, cas: 30)
    #expect(harness.sent(2).contains(" C30"))
    #expect(harness.sent(1) == "", "what stands keeps its version")
    try harness.reply(2, "HD c31")
    #expect(harness.answers == ["2/2"])
  }

  @Test func `where all that was known is gone, it adds without asking`() throws {
    let harness = try PutHarness()
    harness.put()
    try harness.reply(1, "HD c11")
    try harness.reply(2, "HD c12")
    harness.put()
    for link in 1...2 {
      #expect(harness.sent(link).contains(" C1\(link)"))
      try harness.reply(link, "NF")
    }
    for link in 1...2 {
      #expect(harness.sent(link).hasPrefix("ms k "))
      #expect(harness.sent(link).contains(" ME"))
      try harness.reply(link, "HD c2\(link)")
    }
    #expect(harness.answers == ["2/2", "2/2"])
    harness.put()
    #expect(harness.sent(2).contains(" C22"), "what was stored then is known")
  }

  @Test func `where one link has lost what was known, that one is asked`() throws {
    let harness = try PutHarness()
    harness.put()
    try harness.reply(1, "HD c11")
    try harness.reply(2, "HD c12")
    harness.put()
    try harness.reply(1, "HD c13")
    try harness.reply(2, "NF")
    #expect(harness.sent(1) == "")
    #expect(harness.sent(2).hasPrefix("mg k v"))
    try harness.reply(2, "EN")
    #expect(harness.sent(2).contains(" ME"))
    try harness.reply(2, "HD c14")
    #expect(harness.answers == ["2/2", "2/2"])
  }

  @Test func `when no link took it, it begins anew and asks`() throws {
    let harness = try PutHarness()
    harness.put()
    try harness.reply(1, "NS")
    try harness.reply(2, "NS")
    for link in 1...2 {
      #expect(harness.sent(link).hasPrefix("mg k f c"))
      try harness.reply(link, "EN")
    }
    for link in 1...2 {
      #expect(harness.sent(link).contains(" ME"))
      try harness.reply(link, "HD c2\(link)")
    }
    #expect(harness.answers == ["2/2"])
    harness.put()
    #expect(harness.sent(1).contains(" C21"), "what was stored then is known")
  }

  @Test func `above a version from a clock that is ahead it draws another one, for all links`() throws {
    let harness = try PutHarness()
    harness.put()
    try harness.reply(1, "HD c11")
    try harness.reply(2, "NS")
    // An hour ahead.
    try harness.replyWithCopy(2, secondsOld: -3600, cas: 30)
    #expect(harness.sent(1).contains(" C11"))
    #expect(harness.sent(2).contains(" C30"))
    try harness.reply(1, "HD c12")
    try harness.reply(2, "HD c31")
    #expect(harness.answers == ["2/2"])
  }

  @Test(arguments: [PutHarness.put, PutHarness.delete])
  func `keys that nothing is known of are asked for first when the last ones were there`(
    write: @Sendable (PutHarness) -> () -> Void
  ) throws {
    let harness = try PutHarness()
    try harness.meetKeysThatAreThere(write(harness))
    write(harness)()
    try harness.answerThatTheKeyIsThere()
    #expect(harness.answers == Array(repeating: "2/2", count: 10))
  }

  @Test func `what was known and is gone is added without asking then, too`() throws {
    let harness = try PutHarness()
    try harness.meetKeysThatAreThere(harness.put)
    harness.put()
    for link in 1...2 { try harness.replyWithItem(link, secondsOld: 60, cas: 30) }
    for link in 1...2 { try harness.reply(link, "HD c31") }
    harness.put()
    for link in 1...2 {
      #expect(harness.sent(link).contains(" C31"))
      try harness.reply(link, "NF")
    }
    for link in 1...2 { #expect(harness.sent(link).contains(" ME")) }
  }

  @Test func `they are added again when the last ones were not there`() throws {
    let harness = try PutHarness()
    try harness.meetKeysThatAreThere(harness.put)
    harness.put()
    for link in 1...2 {
      #expect(harness.sent(link).hasPrefix("mg k f c"))
      try harness.reply(link, "EN")
    }
    for link in 1...2 { try harness.reply(link, "HD c20") }
    harness.forgetCopies()
    harness.put()
    #expect(harness.sent(1).contains(" ME"))
  }

  @Test func `a node that has not told its clock is asked first`() throws {
    let harness = try PutHarness()
    harness.forgetClock(2)
    harness.put()
    #expect(harness.sent(1).hasPrefix("mg k f c"))
    #expect(harness.sent(2).hasPrefix("mg k v"))
  }

  @Test func `while copies can be past the placement, the deeper link is asked, and rid of one`() throws {
    let harness = try PutHarness { $0.failoverLifetime = .seconds(600) }
    harness.put()
    #expect(harness.sent(3).hasPrefix("mg k f c"))
    try harness.reply(1, "HD c11")
    try harness.reply(2, "HD c12")
    #expect(harness.answers == [])
    try harness.reply(3, "HD f3388997632 c40")
    if harness.sent(3).hasPrefix("mg k v") { try harness.replyWithCopy(3, secondsOld: 60, cas: 40) }
    #expect(harness.sent(3).hasPrefix("md k C40"))
    try harness.reply(3, "HD")
    #expect(harness.answers == ["2/2"])
  }

  @Test func `a link that does not answer is stepped over, and what stands keeps its version`() throws {
    let harness = try PutHarness()
    harness.put()
    try harness.reply(1, "HD c11")
    harness.loop.advance(.milliseconds(250))
    #expect(harness.sent(3).hasPrefix("mg k f c"))
    try harness.reply(3, "EN")
    #expect(harness.sent(3).contains(" ME"))
    try harness.reply(3, "HD c13")
    #expect(harness.answers == ["2/2"])
  }

  @Test func `a link that may have taken it without saying so has it keep its version`() throws {
    let harness = try PutHarness()
    harness.put()
    try harness.reply(2, "NS")
    harness.loop.advance(.milliseconds(250))
    #expect(harness.sent(2).hasPrefix("mg k v"), "which is there is asked, not whether to begin anew")
    try harness.replyWithCopy(2, secondsOld: 60, cas: 30)
    try harness.reply(3, "EN")
    #expect(harness.sent(2).contains(" C30"))
    try harness.reply(2, "HD c31")
    try harness.reply(3, "HD c32")
    #expect(harness.answers == ["2/2"])
  }
}

extension PutHarness {
  /// As many as it takes until they are expected to be there.
  fileprivate func meetKeysThatAreThere(_ write: () -> Void) throws {
    for _ in 1...9 {
      write()
      for link in 1...2 {
        #expect(sent(link).contains(" ME"))
        try reply(link, "NS")
      }
      try answerThatTheKeyIsThere()
    }
  }

  /// To a write that asks both links of the placement; then nothing is known of the key.
  fileprivate func answerThatTheKeyIsThere() throws {
    for link in 1...2 {
      #expect(sent(link).hasPrefix("mg k f c"))
      try replyWithItem(link, secondsOld: 60, cas: UInt64(10 + link))
    }
    for link in 1...2 {
      #expect(sent(link).contains(" C1\(link)"))
      try reply(link, "HD c2\(link)")
    }
    forgetCopies()
  }
}

import Testing

@testable import GatewayCore

struct UnknownKeysTests {
  @Test func `at first keys are expected not to be there, until nine were`() {
    var keys = UnknownKeys()
    for _ in 1...8 {
      keys.note(isThere: true)
      #expect(!keys.areThere)
    }
    keys.note(isThere: true)
    #expect(keys.areThere)
    keys.note(isThere: false)
    #expect(!keys.areThere)
  }

  @Test func `however many were there, it takes eight that were not`() {
    var keys = UnknownKeys()
    for _ in 1...1000 { keys.note(isThere: true) }
    for _ in 1...7 { keys.note(isThere: false) }
    #expect(keys.areThere)
    keys.note(isThere: false)
    #expect(!keys.areThere)
  }
}

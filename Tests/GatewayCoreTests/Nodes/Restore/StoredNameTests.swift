import Testing

@testable import GatewayCore

@Suite struct StoredNameTests {
  private func raw(_ key: Key) -> [UInt8] {
    key.wireKey.isBase64 ? Base64Reader.decode(key.wireKey.bytes) : key.wireKey.bytes
  }

  @Test(arguments: ["plain", "with space", "ümlaut", String(repeating: "k", count: 250)])
  func `a key is told by its name`(text: String) throws {
    let key = try Key(text)
    guard case .key(let told) = StoredName(raw(key)) else {
      Issue.record("no key")
      return
    }
    #expect(told == key && told.wireKey == key.wireKey)
  }

  @Test func `a long key is told by its record only`() throws {
    let key = try Key(String(repeating: "long", count: 100))
    guard case .hashed(let name) = StoredName(raw(key)) else {
      Issue.record("no hashed name")
      return
    }
    #expect(name == key.wireKey)
  }

  @Test func `the gateways' own names are no keys, nor is what no gateway would store`() {
    for name in [Base64Reader.decode(ReservedName.clock.bytes), Array(repeating: 0xFF, count: 200)] {
      #expect(StoredName(name).wireKey == nil)
    }
  }
}

import Testing

@testable import GatewayCore

struct ReservedNameTests {
  /// Under which raw bytes a node keeps an item.
  private func onNode(_ name: WireKey) -> [UInt8] {
    name.isBase64 ? Base64Reader.decode(name.bytes) : name.bytes
  }

  /// Keys that come as near to a reserved name as a client can.
  private func nearMisses() throws -> [[UInt8]] {
    let key = try Key("k")
    let names = [
      ReservedName.clock, ReservedName.lock(key), ReservedName.lease(key), ReservedName.refresh(key, .plain),
    ]
    let reserved = names.map(onNode) + [ReservedName.prefix]
    var keys: [[UInt8]] = []
    for name in reserved {
      keys += [name, Base64.encode(name), name + [0], Array(name.dropLast()), Array(name.dropFirst())]
      keys += [[0] + name, name + name, Array("sha256:".utf8) + name, Array(name.text.uppercased().utf8)]
      keys.append(name + [UInt8](repeating: 7, count: 300))
    }
    return keys
  }

  @Test func `no client's key has a reserved name on the nodes`() throws {
    var generator = SeededGenerator(seed: 31)
    var keys = try nearMisses()
    for count in 1...300 {
      keys += [.printable(count), .withSpace(count), generator.bytes(count)]
      keys.append(ReservedName.prefix + generator.bytes(count))
    }
    for key in keys {
      let name = try Key(key).wireKey
      #expect(!onNode(name).starts(with: ReservedName.prefix), "\(key)")
    }
  }

  @Test func `keys that begin like a reserved name are hashed, and differ`() throws {
    let keys = try nearMisses().filter { $0.starts(with: ReservedName.prefix) }.map { try Key($0) }
    #expect(keys.count > 3)
    for key in keys { #expect(key.isHashed) }
    #expect(Set(keys.map(\.wireKey)).count == Set(keys).count)
  }

  @Test func `the names begin with the prefix, and differ`() throws {
    let long = (1900...2048).map { [UInt8].printable($0) }
    let keys = try ((0..<100).map { Array("key-\($0)".utf8) } + long + nearMisses()).map { try Key($0) }
    let versions = [Version(time: 1, writer: 1), Version(time: 1, writer: 2), Version(time: 2, writer: 1)]
    let names = Set(keys).flatMap { key in
      [ReservedName.lock(key), ReservedName.lease(key)] + versions.map { ReservedName.refresh(key, $0) }
    }
    #expect(Set(names + [ReservedName.clock]).count == 5 * Set(keys).count + 1)
    for name in names {
      #expect(name.isBase64)
      #expect(onNode(name).starts(with: ReservedName.prefix))
    }
  }

  @Test func `the lock of a long key has a name that nodes take`() throws {
    let name = ReservedName.lock(try Key(.printable(2048)))
    #expect(name.bytes.count <= WireKey.longestPlain)
    #expect(try name == ReservedName.lock(Key(.printable(2048))))
  }
}

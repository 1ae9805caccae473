@testable import GatewayCore

extension [UInt8] {
  /// So many printable bytes, none of them special to memcached.
  static func printable(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(ascii: "a") + UInt8($0 % 26) }
  }

  /// So many bytes, with a space in them: no plain key.
  static func withSpace(_ count: Int) -> [UInt8] {
    [UInt8(ascii: " ")] + printable(count - 1)
  }

  var text: String { String(decoding: self, as: UTF8.self) }
}

extension Instant {
  static func milliseconds(_ count: Int64) -> Instant { Instant(nanoseconds: count * 1_000_000) }

  static func seconds(_ count: Int64) -> Instant { milliseconds(count * 1000) }
}

extension MetaValue {
  /// What a node would answer for a stored item.
  init(_ bytes: [UInt8], flags: UInt32 = 0, lifetime: Lifetime = .forever, cas: UInt64 = 1) {
    self.init(bytes: Bytes(bytes), clientFlags: flags, lifetime: lifetime, cas: cas)
  }

  /// What a node would answer after `set`, when `remaining` of the copy's lifetime is left.
  init(stored set: MetaSet, remaining: Lifetime? = nil, cas: UInt64 = 1) {
    self.init(
      set.head + set.body.array, flags: set.clientFlags, lifetime: remaining ?? set.lifetime, cas: cas)
  }
}

extension Lifetime {
  static func seconds(_ count: UInt32) -> Lifetime { Lifetime(seconds: count) }
}

extension PlacementWalk {
  /// Over these nodes, in this order.
  init(nodes: some Sequence<Int>, replicas: Int, wanted: Int? = nil) {
    let scores = nodes.map { ChainOrder.Score(value: 0, rank: 0, node: $0) }
    self.init(chain: ContiguousArray(scores), replicas: replicas, wanted: wanted)
  }
}

import Testing

@testable import GatewayCore

/// The exact bytes of each command (protocol.txt, "Meta Commands").
struct MetaCommandTests {
  private static let wallClock = WallTime(nanoseconds: 1_700_000_000_500_000_000)

  private func bytes(_ command: MetaCommand, opaque: UInt32 = 7) -> String {
    var queue = OutputQueue()
    queue.append(command, opaque: opaque, wallClock: Self.wallClock)
    return queue.nextPieces().flatMap { Array($0) }.text
  }

  private func set(
    _ mode: MetaSet.Mode = .set, flags: UInt32 = 0, lifetime: Lifetime = .forever, head: String = "",
    body: String = ""
  ) -> MetaSet {
    MetaSet(
      mode: mode, clientFlags: flags, lifetime: lifetime, head: Array(head.utf8),
      body: Bytes(Array(body.utf8)))
  }

  private func plain() throws -> WireKey { try #require(WireKey(plain: Array("some/key".utf8))) }

  /// `a b`, in base64.
  private func binary() throws -> WireKey { try #require(WireKey(binary: Array("a b".utf8))) }

  @Test func `get asks for value, flags, lifetime, number and opaque`() throws {
    #expect(bytes(.get(try plain())) == "mg some/key v f t c O7\r\n")
    #expect(bytes(.get(try binary()), opaque: .max) == "mg YSBi b v f t c O4294967295\r\n")
  }

  @Test func `delete`() throws {
    #expect(bytes(.delete(try plain())) == "md some/key O7\r\n")
    #expect(bytes(.delete(try binary()), opaque: 0) == "md YSBi b O0\r\n")
  }

  @Test func `noop and statistics have no opaque`() {
    #expect(bytes(.noop) == "mn\r\n")
    #expect(bytes(.statistics("")) == "stats\r\n")
    #expect(bytes(.statistics("settings")) == "stats settings\r\n")
  }

  @Test func `set sends head and body as one value`() throws {
    #expect(
      bytes(.set(try plain(), set(flags: 0xCA00_0001, head: "head", body: "body")))
        == "ms some/key 8 T0 F3388997633 O7\r\nheadbody\r\n")
    #expect(bytes(.set(try binary(), set(body: "x"))) == "ms YSBi 1 T0 F0 b O7\r\nx\r\n")
  }

  @Test func `an empty value has its line end too`() throws {
    #expect(bytes(.set(try plain(), set())) == "ms some/key 0 T0 F0 O7\r\n\r\n")
  }

  @Test func `add and compare-and-swap`() throws {
    #expect(bytes(.set(try plain(), set(.add, body: "x"))) == "ms some/key 1 T0 F0 ME O7\r\nx\r\n")
    #expect(bytes(.set(try binary(), set(.add, body: "x"))) == "ms YSBi 1 T0 F0 ME b O7\r\nx\r\n")
    #expect(
      bytes(.set(try plain(), set(.compareAndSwap(.max), body: "x")))
        == "ms some/key 1 T0 F0 C18446744073709551615 O7\r\nx\r\n")
  }

  /// memcached takes times above 30 days for points in time.
  @Test(
    arguments: [
      (nil, 0), (1, 1), (60, 60), (2_591_999, 2_591_999), (2_592_000, 2_592_000),
      (2_592_001, 1_700_000_000 + 2_592_001), (31_536_000, 1_731_536_000),
      (.max, 2_147_483_647),
    ] as [(UInt32?, UInt64)])
  func `lifetimes are relative up to 30 days, absolute beyond, and 0 without limit`(
    seconds: UInt32?, time: UInt64
  ) throws {
    let lifetime = Lifetime(seconds: seconds)
    #expect(bytes(.set(try plain(), set(lifetime: lifetime))) == "ms some/key 0 T\(time) F0 O7\r\n\r\n")
  }

  @Test func `long bodies are sent from where they are`() throws {
    let body = Bytes([UInt8].printable(50_000))
    let set = MetaSet(mode: .set, clientFlags: 0, lifetime: .forever, head: [1, 2], body: body)
    var queue = OutputQueue()
    queue.append(.set(try plain(), set), opaque: 1, wallClock: Self.wallClock)
    let pieces = queue.nextPieces()
    #expect(pieces.contains { $0.baseAddress == body.buffer.baseAddress })
    #expect(
      pieces.flatMap { Array($0) } == Array("ms some/key 50002 T0 F0 O1\r\n".utf8) + [1, 2] + body.array
        + [13, 10])
  }

  @Test func `lifetimes are ordered, without limit the longest`() {
    #expect(Lifetime.seconds(1) < .seconds(2))
    #expect(Lifetime.seconds(.max) < .forever)
    #expect(!(Lifetime.forever < .forever))
    #expect(min(Lifetime.forever, .seconds(9)) == .seconds(9))
  }

  @Test func `durations become whole seconds, at least one`() {
    #expect(Lifetime(Duration.milliseconds(1)) == .seconds(1))
    #expect(Lifetime(Duration.zero) == .seconds(1))
    #expect(Lifetime(Duration.milliseconds(2999)) == .seconds(2))
    #expect(Lifetime(Duration.seconds(1 << 40)) == .seconds(.max))
  }
}

import Testing

@testable import GatewayCore

/// One write over a chain whose replies the test gives by hand. Link and node have the same number, from 0.
final class WriteHarness {
  let key: Key
  let clock = VersionClock(writer: 9)
  var wallClock = WallTime(nanoseconds: 1_700_000_000_000_000_000)
  var down: Set<Int> = []
  var reachIsOpen = false
  /// Nodes that have not told their clock yet.
  var strange: Set<Int> = []
  let walk: WriteWalk
  /// Every command that was given out, in words.
  private(set) var commands: [String] = []
  private(set) var last: [(link: Link, command: MetaCommand)] = []

  init(
    _ content: WriteContent = .value(.text("new")), _ base: WriteWalk.Base = .anything, links: Int = 3,
    without silent: Set<Int> = [], _ change: (inout ChainSettings) -> Void = { _ in }
  ) throws {
    key = try Key("k")
    var settings = ChainSettings()
    change(&settings)
    walk = WriteWalk(
      key, content, base, PlacementWalk(nodes: 0..<links, replicas: settings.replicas, wanted: 2), settings,
      clock,
      without: silent, deadline: .seconds(1001))
  }

  /// What the next round sends: the link's number and the command.
  func round() -> [String] {
    last = walk.nextRound(
      now: wallClock, reachIsOpen: reachIsOpen, where: { !down.contains($0) },
      stampsCount: { !strange.contains($0) })
    let words = last.map { "\($0.link.position) \($0.command.words)" }
    commands += words
    return words
  }

  /// Replies to the last round, in its order.
  func take(_ replies: NodeReply?...) { take(replies) }

  /// A round whose commands do not matter, and the replies to it.
  func play(_ replies: NodeReply?...) {
    _ = round()
    take(replies)
  }

  private func take(_ replies: [NodeReply?]) {
    #expect(replies.count == last.count)
    walk.take(replies, now: wallClock)
  }

  /// What was stored at a link in the last round.
  func stored(_ link: Int) throws -> MetaSet {
    let part = try #require(last.first { $0.link.position == link })
    guard case .set(_, let set) = part.command else { throw NoStore() }
    return set
  }

  func record(_ link: Int) throws -> RecordDecoder.Decoded {
    try #require(RecordDecoder.decode(MetaValue(stored: stored(link)), for: key))
  }

  func outcome(quorum: Int = 1) -> WriteOutcome { walk.outcome(quorum: quorum) }

  private struct NoStore: Error {}

  // MARK: Replies

  /// A version from so many seconds before or after now.
  func version(_ seconds: Int64, writer: UInt32 = 1) -> Version {
    let nanoseconds = Int64(wallClock.nanoseconds) + seconds * 1_000_000_000
    return Version(time: UInt64(nanoseconds), writer: writer)
  }

  /// To a command that asks exactly: a copy of this version is there.
  func copy(_ version: Version, cas: UInt64, _ kind: Record.Kind = .value) -> NodeReply {
    .copy(version, under: key, cas: cas, kind)
  }
}

extension NewValue {
  static func text(_ text: String, lifetime: Lifetime = .forever) -> NewValue {
    NewValue(body: Bytes(Array(text.utf8)), lifetime: lifetime)
  }
}

/// How far a transfer is. A pure value: time is an argument.
struct TransferProgress {
  /// What a source has, and what was listed of it.
  struct Source {
    let name: String
    /// As its statistics tell.
    var items = 0
    var bytes = 0
    var listed = 0
    /// Of those listed, the ones to be copied.
    var qualified = 0
    var qualifiedBytes = 0
    var isListed = false

    private static func scaled(_ count: Int, _ share: Double) -> Int {
      Int(min(Double(count) * share, Double(NodeStatistic.most)))
    }

    /// How many are to be copied, for all that is known: as large a share of the rest as of those listed.
    var expected: (keys: Int, bytes: Int) {
      if isListed || listed == 0 { return (qualified, qualifiedBytes) }
      let share = max(1, Double(items) / Double(listed))
      return (Self.scaled(qualified, share), Self.scaled(qualifiedBytes, share))
    }
  }

  /// The rate is that of this time.
  private static let window = Duration.seconds(5)

  var state = TransferStatus.State.running
  var reason: String?
  var sources: [Int: Source] = [:]
  var current: Int?
  private let begun: Instant
  private var ended: Instant?
  private(set) var keysDone = 0
  private(set) var bytesDone = 0
  /// Keys that were handled, copied or found to be there already.
  private var handled = (keys: 0, bytes: 0)
  /// Bytes done at points in time, a second apart or more.
  private var samples: [(time: Instant, bytes: Int)]

  init(now: Instant) {
    begun = now
    samples = [(now, 0)]
  }

  /// The keys of another node are next.
  mutating func begin(_ index: Int, _ name: String, items: Int, bytes: Int) {
    state = .running
    reason = nil
    current = index
    sources[index] = Source(name: name, items: items, bytes: bytes)
  }

  mutating func copied(keys: Int, bytes: Int, handled: (keys: Int, bytes: Int), now: Instant) {
    keysDone += keys
    bytesDone += bytes
    self.handled.keys += handled.keys
    self.handled.bytes += handled.bytes
    if let last = samples.last, now - last.time < .seconds(1) { return }
    samples.append((now, bytesDone))
    while samples.count > 2, now - samples[1].time >= Self.window { samples.removeFirst() }
  }

  var isUnderWay: Bool { ended == nil }

  mutating func finish(now: Instant) {
    state = .done
    reason = nil
    current = nil
    ended = now
  }

  func status(now: Instant) -> TransferStatus {
    var status = TransferStatus(state: state)
    status.keysDone = keysDone
    status.bytesDone = bytesDone
    status.timeTaken = (ended ?? now) - begun
    status.reason = reason
    guard ended == nil else { return status }
    let expected = sources.values.map(\.expected)
    status.keysToGo = max(0, expected.reduce(0) { $0 + $1.keys } - handled.keys)
    status.bytesToGo = max(0, expected.reduce(0) { $0 + $1.bytes } - handled.bytes)
    status.source = current.flatMap { sources[$0]?.name }
    status.bytesPerSecond = rate(now)
    if status.bytesPerSecond > 0 {
      let seconds = Double(status.bytesToGo) / Double(status.bytesPerSecond)
      status.timeLeft = .milliseconds(Int64(min(seconds, Double(NodeStatistic.most)) * 1000))
    }
    return status
  }

  /// Bytes in a second.
  private func rate(_ now: Instant) -> Int {
    guard let first = samples.first else { return 0 }
    let milliseconds = (now - first.time).inNanoseconds / 1_000_000
    return milliseconds > 0 ? (bytesDone - first.bytes) * 1000 / Int(milliseconds) : 0
  }
}

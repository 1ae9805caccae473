/// How fast emptied nodes are restored.
public enum RestoreRate: Equatable, Sendable {
  /// As fast as clients' latency allows.
  case auto
  /// In a second.
  case bytes(Int)
}

/// Holds the batches of a restore back, as `restore-rate` says.
final class TransferPace {
  private let loop: any EventLoop
  private var bucket: TokenBucket?
  private var controller = RateController()
  private var canaries: [Canary] = []
  /// Of this restore, by node: to be told from what clients ask for.
  private var ownCommands: [Int: Int] = [:]
  private var isPaused = false
  private var isOver = false

  init(_ rate: RestoreRate, on loop: any EventLoop) {
    self.loop = loop
    if case .bytes(let rate) = rate { bucket = TokenBucket(rate: Double(rate), now: loop.now) }
  }

  /// Waits until so many bytes may be copied.
  func admit(bytes: Int) async {
    while isPaused, !isOver { await loop.sleep(.milliseconds(1)) }
    guard var bucket else { return }
    let wait = bucket.take(bytes: bytes, now: loop.now)
    self.bucket = bucket
    if wait > .milliseconds(1) { await loop.sleep(wait) }
  }

  /// Counts commands that were sent to a node.
  func sent(_ count: Int, to node: Int) { ownCommands[node, default: 0] += count }

  func end() {
    isOver = true
    for canary in canaries { canary.close() }
  }

  // MARK: By clients' latency

  /// Between two small commands: some in each round, and less than a hundredth of a node's work.
  private static let interval = Duration.milliseconds(5)
  /// In a round: enough for a median that one late turn does not move.
  private static let samples = 15
  /// Rounds between two pauses: a pause takes a twentieth of the time.
  private static let roundsBetweenPauses = 20

  /// Follows clients' latency at these nodes until the pace ends.
  func follow(_ canaries: [Canary], on coordinator: isolated Coordinator) async {
    self.canaries = canaries
    while !isOver {
      if controller.rate != nil { await pause(on: coordinator) }
      for _ in 0..<Self.roundsBetweenPauses where !isOver { await observe(on: coordinator) }
    }
  }

  private func pause(on coordinator: isolated Coordinator) async {
    isPaused = true
    controller.observeBaseline(await median(on: coordinator))
    isPaused = false
  }

  private func observe(on coordinator: isolated Coordinator) async {
    let latency = await median(on: coordinator)
    controller.observe(latency: latency, clientCommands: await clientCommands(on: coordinator))
    guard let rate = controller.rate else {
      bucket = nil
      return
    }
    if bucket == nil { bucket = TokenBucket(rate: rate, now: loop.now) }
    bucket?.rate = rate
  }

  /// Of the slower of the nodes.
  private func median(on coordinator: isolated Coordinator) async -> Duration {
    var samples: [[Duration]] = canaries.map { _ in [] }
    for _ in 0..<Self.samples where !isOver {
      for (index, canary) in canaries.enumerated() { samples[index].append(await canary.latency()) }
      await loop.sleep(Self.interval)
    }
    return samples.compactMap { $0.sorted().dropFirst($0.count / 2).first }.max() ?? .zero
  }

  private func clientCommands(on coordinator: isolated Coordinator) async -> Double {
    var most = 0.0
    for canary in canaries {
      let own = ownCommands.removeValue(forKey: canary.node.index) ?? 0
      let started = loop.now
      guard let rate = await canary.commandRate(), let since = lastCounted[canary.node.index] else {
        lastCounted[canary.node.index] = started
        continue
      }
      lastCounted[canary.node.index] = started
      let seconds = max(0.001, Double((started - since).inNanoseconds) / 1e9)
      most = max(most, rate - Double(own) / seconds)
    }
    return most
  }

  private var lastCounted: [Int: Instant] = [:]
}

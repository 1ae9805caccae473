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
  private var isPaused = false
  private var isOver = false

  init(_ rate: RestoreRate, on loop: any EventLoop) {
    self.loop = loop
    switch rate {
    case .bytes(let rate): bucket = TokenBucket(rate: Double(rate), now: loop.now)
    // Until it is known whether clients use the nodes.
    case .auto: isPaused = true
    }
  }

  /// While clients use the nodes, small batches keep them waiting less.
  var limits: BatchLimits { controller.rate == nil ? .full : .gentle }

  /// Waits until so many bytes may be copied.
  func admit(bytes: Int) async {
    while isPaused, !isOver { await loop.sleep(.milliseconds(1)) }
    guard var bucket else { return }
    let wait = bucket.take(bytes: bytes, now: loop.now)
    self.bucket = bucket
    if wait > .milliseconds(1) { await loop.sleep(wait) }
  }

  func end() {
    isOver = true
    for canary in canaries { canary.close() }
  }

  // MARK: By clients' latency

  /// Between two small commands: some in each round, and less than a hundredth of a node's work.
  private static let interval = Duration.milliseconds(5)
  /// In a round: enough for a median that one late turn does not move.
  private static let samples = 15
  /// In a pause, which lasts as short as it can.
  private static let samplesInPause = 5
  /// Rounds between two pauses: clients that begin are noticed within a second, and pauses take a twentieth of the time.
  private static let roundsBetweenPauses = 8
  /// What is under way has ended then.
  private static let settling = Duration.milliseconds(3)
  /// What may go at once: clients wait behind it.
  private static let burst = Duration.milliseconds(5)

  /// Follows clients' latency at these nodes until the pace ends.
  func follow(_ canaries: [Canary], on coordinator: isolated Coordinator) async {
    self.canaries = canaries
    while !isOver {
      await pause(on: coordinator)
      for _ in 0..<Self.roundsBetweenPauses where !isOver { await observe(on: coordinator) }
    }
  }

  /// Only while nothing is copied it is seen what clients ask for, and how long they wait anyway.
  private func pause(on coordinator: isolated Coordinator) async {
    isPaused = true
    await loop.sleep(Self.settling)
    _ = await clientCommands(on: coordinator)
    let latency = await median(of: Self.samplesInPause, on: coordinator)
    controller.observePause(latency: latency, clientCommands: await clientCommands(on: coordinator))
    follow()
    isPaused = false
  }

  private func observe(on coordinator: isolated Coordinator) async {
    controller.observe(latency: await median(of: Self.samples, on: coordinator))
    follow()
  }

  private func follow() {
    guard let rate = controller.rate else {
      bucket = nil
      return
    }
    if bucket == nil { bucket = TokenBucket(rate: rate, burst: Self.burst, now: loop.now) }
    bucket?.rate = rate
  }

  /// Of the slower of the nodes.
  private func median(of count: Int, on coordinator: isolated Coordinator) async -> Duration {
    var samples: [[Duration]] = canaries.map { _ in [] }
    for _ in 0..<count where !isOver {
      for (index, canary) in canaries.enumerated() { samples[index].append(await canary.latency()) }
      await loop.sleep(Self.interval)
    }
    return samples.compactMap { $0.sorted().dropFirst($0.count / 2).first }.max() ?? .zero
  }

  /// In a second since the last call, at the busiest of the nodes.
  private func clientCommands(on coordinator: isolated Coordinator) async -> Double {
    var most = 0.0
    for canary in canaries { most = max(most, await canary.commandRate() ?? 0) }
    return most
  }
}

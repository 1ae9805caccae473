/// What a client that may find a key missing asks for.
public struct LeaseTerms: Equatable, Sendable {
  /// For how many seconds it wants to be the only one who fills it: 1 to 60.
  public let seconds: UInt32
  /// Small, as every read carries them.
  private let waitMilliseconds: UInt32

  public static let lengths: ClosedRange<UInt32> = 1...60
  public static let longestWait = Duration.seconds(30)

  public init(seconds: UInt32, wait: Duration = .zero) {
    precondition(Self.lengths.contains(seconds) && wait <= Self.longestWait)
    self.seconds = seconds
    waitMilliseconds = UInt32(clamping: wait.inNanoseconds / 1_000_000)
  }

  /// How long to wait for the value while another client has the lease: `longestWait` at most, in whole
  /// milliseconds; zero: not at all.
  public var wait: Duration { .milliseconds(Int64(waitMilliseconds)) }
}

/// What became of a client's wish for a lease.
public struct LeaseResult {
  public enum Lease: Equatable, Sendable {
    /// It is to fill the key.
    case granted
    /// Another one is to.
    case taken
  }

  /// What the key was found to hold last.
  public let outcome: GetOutcome
  /// nil when there is a value, or no node answers.
  public let lease: Lease?
}

/// Leases of missing keys: of many clients that find a key missing at the same time, one is told to fill it, and
/// the others may wait for the value.
extension Coordinator {
  /// Longer than any lease lasts, so that claims of two that follow each other do not overlap.
  private static func lifetime(_ terms: LeaseTerms) -> Lifetime { Lifetime(seconds: terms.seconds + 1) }

  /// For a client that has found the key missing, with this outcome.
  ///
  /// A lease lasts for the time asked for, and up to a second more. A PUT or DELETE of the key through any
  /// gateway that leases were asked of in the last two minutes ends it before. When no link takes the claim, the
  /// lease is granted: clients are not kept from their origin by an outage of the nodes.
  public func lease(_ key: Key, _ terms: LeaseTerms, after miss: GetOutcome) async -> LeaseResult {
    pool.leases.noteUse(now: loop.now)
    let end = loop.now + terms.wait
    if terms.wait == .zero || leaseWaits.find(key) == nil {
      let result = await takeLease(of: key, terms, after: miss)
      if result.lease != .taken { return result }
    }
    let taken = LeaseResult(outcome: miss, lease: .taken)
    guard loop.now < end, let waiter = beginWait(key, terms, until: end) else { return taken }
    return await waiter.result() ?? taken
  }

  /// Granted only when the key was missing while the lease was held: between a client's finding it missing and
  /// its having the lease, another one may have filled the key and ended its own.
  private func takeLease(of key: Key, _ terms: LeaseTerms, after miss: GetOutcome) async -> LeaseResult {
    switch await claim(ReservedName.lease(key), beside: key, for: Self.lifetime(terms)) {
    case .lost: return LeaseResult(outcome: miss, lease: .taken)
    case .unanswered: return LeaseResult(outcome: miss, lease: .granted)
    case .won(let claim):
      let outcome = await get(key)
      if outcome.isMissing { return LeaseResult(outcome: outcome, lease: .granted) }
      release(claim)
      return LeaseResult(outcome: outcome, lease: nil)
    }
  }

  /// After a write of the key: whoever waits looks at once.
  func endLease(of key: Key) {
    var chain = chain(for: key)
    let links = chain.next(chain.replicas, where: isUp)
    let fanOut = FanOut(count: links.count, loop: loop)
    let name = ReservedName.lease(key)
    let deadline = loop.now + settings.operationTimeout
    for (slot, link) in links.enumerated() {
      send(.delete(name), to: link, of: fanOut, slot: slot, deadline: deadline)
    }
    pool.leases.tellWritten(key)
  }

  // MARK: Waiting

  /// How often the nodes are asked for a key that is waited for: the most by which a value is late that was put
  /// through another gateway.
  static let pollPause = Duration.milliseconds(20)
  /// One poll in so many tries to get the lease as well, which may have run out.
  static let pollsPerClaim = 5

  /// nil where too many wait already.
  private func beginWait(_ key: Key, _ terms: LeaseTerms, until end: Instant) -> LeaseWait.Waiter? {
    guard leaseWaits.hasRoom(for: key) else { return nil }
    let waiter = LeaseWait.Waiter(terms, until: end)
    if let wait = leaseWaits.find(key) {
      wait.add(waiter)
      return waiter
    }
    let wait = leaseWaits.begin(key)
    wait.add(waiter)
    Task.immediate(executorPreference: loop) { await poll(wait) }
    return waiter
  }

  /// Asks for the key until nobody waits for it any more: once for all, however many they are.
  private func poll(_ wait: LeaseWait) async {
    pool.leases.beginWaiting()
    // At once with the last waiter: the next one begins anew.
    defer {
      leaseWaits.end(wait)
      pool.leases.endWaiting()
    }
    var polls = 0
    while !wait.isEmpty {
      let isWritten = await wait.pause(Self.pollPause, on: loop)
      wait.endOverdue(now: loop.now)
      guard !wait.isEmpty else { return }
      let outcome = await get(wait.key)
      guard outcome.isMissing else { return wait.endAll(LeaseResult(outcome: outcome, lease: nil)) }
      polls += 1
      if isWritten || polls % Self.pollsPerClaim == 0 { await passOn(wait, outcome) }
    }
  }

  /// The first who waits gets the lease, if it has ended.
  private func passOn(_ wait: LeaseWait, _ miss: GetOutcome) async {
    guard let first = wait.first else { return }
    let result = await takeLease(of: wait.key, first.terms, after: miss)
    switch result.lease {
    case .taken: return
    case .granted: wait.end(first, result)
    case nil: wait.endAll(result)
    }
  }

  /// Those who wait are answered now, and nobody waits any more: the gateway is about to stop.
  public func endLeaseWaits() { leaseWaits.close() }
}

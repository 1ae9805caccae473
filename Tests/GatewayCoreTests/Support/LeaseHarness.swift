@testable import GatewayCore

/// Gateways in front of simulated nodes, and clients that ask for a missing key, or read a stale value, in
/// virtual time.
final class LeaseHarness {
  struct Answer: Equatable {
    let gateway: Int
    /// `granted`, `taken`, `refresh`, or what the key was found to hold.
    let text: String
    let at: Instant
  }

  let world: World
  let key: Key
  private(set) var answers: [Answer] = []

  init(seed: UInt64 = 1, gateways: Int = 2) throws {
    world = World(seed: seed, nodes: 3, gateways: gateways)
    key = try Key("missing")
    world.run(for: .milliseconds(100))
  }

  /// The nodes in the order of the key's chain.
  var chain: [Int] { world.gateways[0].coordinator.pool.layout.current.order.chain(forKeyHash: key.hash) }

  /// What has been answered so far, without what was asked for before.
  var texts: [String] { answers.map(\.text) }

  func count(_ text: String) -> Int { answers.count { $0.text == text } }

  func forgetAnswers() { answers = [] }

  // MARK: Clients

  /// So many clients read the key, at the gateways in turn, and ask for a lease where it is missing.
  func ask(_ count: Int, _ terms: LeaseTerms, _ key: Key? = nil) {
    for number in 0..<count { ask(at: number % world.gateways.count, terms, key) }
  }

  func ask(at gateway: Int, _ terms: LeaseTerms, _ key: Key? = nil) {
    let key = key ?? self.key
    act(at: gateway) { coordinator in
      let outcome = await coordinator.get(key)
      guard outcome.isMissing else { return Self.text(outcome) }
      return Self.text(await coordinator.lease(key, terms, after: outcome))
    }
  }

  /// A client that found the key missing a moment ago asks for a lease.
  func askAfterMiss(at gateway: Int, _ terms: LeaseTerms) {
    let key = key
    act(at: gateway) { coordinator in
      Self.text(await coordinator.lease(key, terms, after: .miss(silent: [])))
    }
  }

  /// So many clients read the key, and try to become the one who refreshes it where it is stale.
  func read(_ count: Int) {
    for number in 0..<count { read(at: number % world.gateways.count) }
  }

  func read(at gateway: Int) {
    let key = key
    act(at: gateway) { coordinator in
      let outcome = await coordinator.get(key)
      guard case .hit(let hit) = outcome, hit.staleness != nil else { return Self.text(outcome) }
      return await coordinator.claimRefresh(of: key, hit) ? "refresh" : "stale \(hit.record.body.array.text)"
    }
  }

  func put(_ text: String, at gateway: Int = 0, lifetime: Lifetime = .forever, windows: StaleWindows = .none)
  {
    let key = key
    act(at: gateway) { coordinator in
      let value = NewValue(body: Bytes(Array(text.utf8)), lifetime: lifetime, windows: windows)
      return await coordinator.put(key, value).failure == nil ? nil : "put failed"
    }
  }

  func delete(at gateway: Int = 0) {
    let key = key
    act(at: gateway) { coordinator in await coordinator.delete(key).failure == nil ? nil : "delete failed" }
  }

  /// nil: without an answer.
  private func act(at index: Int, _ body: @escaping (isolated Coordinator) async -> String?) {
    let gateway = world.gateways[index]
    let coordinator = gateway.coordinator
    // Everything runs on the simulation's one thread.
    nonisolated(unsafe) let (harness, body) = (self, body)
    gateway.loop.post {
      coordinator.assumeIsolated { coordinator in
        _ = Task.immediate(executorPreference: coordinator.loop) {
          guard let text = await body(coordinator) else { return }
          harness.answers.append(Answer(gateway: index, text: text, at: harness.world.time.now))
        }
      }
    }
  }

  private static func text(_ result: LeaseResult) -> String {
    switch result.lease {
    case .granted: "granted"
    case .taken: "taken"
    case nil: text(result.outcome)
    }
  }

  private static func text(_ outcome: GetOutcome) -> String {
    switch outcome {
    case .hit(let hit): hit.record.body.array.text
    case .lapsed: "lapsed"
    case .miss: "missing"
    case .unreachable: "unreachable"
    }
  }
}

import HistoryChecker

@testable import GatewayCore

/// A simulated pool with gateways and clients, all from one seed.
final class World {
  let time: SimulatedTime
  let network: SimulatedNetwork
  /// Where the clients run.
  let loop: SimulatedLoop
  private(set) var gateways: [SimulatedGateway] = []
  private(set) var history: [Operation] = []
  let settings: ChainSettings
  private var lastValue = 0
  private var clientsAtWork = 0
  /// How often clients write on a condition, of all their writes.
  var conditionalRate = 0.2
  /// How often clients write a value in chunks, of all their writes.
  var largeRate = 0.0
  /// How often clients renew a lifetime, of all that they do.
  var touchRate = 0.0

  /// Nodes that are not in the pool from the start.
  let spares: [NodeConfiguration]

  /// `clockErrors`: by gateway; right where there is none.
  init(
    seed: UInt64, nodes: Int, spares: Int = 0, gateways: Int, clockErrors: [Duration] = [],
    settings: ChainSettings = ChainSettings(), restores: Bool = false
  ) {
    self.settings = settings
    time = SimulatedTime(seed: seed)
    network = SimulatedNetwork(time)
    loop = SimulatedLoop(time, network)
    var configurations: [NodeConfiguration] = []
    for port in 1...nodes { configurations.append(network.addNode(port: UInt16(port))) }
    self.spares = (0..<spares).map { [network] in network.addNode(port: UInt16(nodes + 1 + $0)) }
    for index in 0..<gateways {
      let clockError = index < clockErrors.count ? clockErrors[index] : .zero
      self.gateways.append(
        SimulatedGateway(
          time, network, configurations, settings, clockError: clockError, restores: restores))
    }
  }

  var nodes: [SimulatedMemcached] { network.nodes }

  func run(for duration: Duration) { time.run(for: duration) }

  /// Runs until every client has done its work; false when that takes longer than `limit`.
  func runClients(limit: Duration) -> Bool {
    let deadline = time.now + limit
    while clientsAtWork > 0, time.now < deadline { run(for: .milliseconds(100)) }
    return clientsAtWork == 0
  }

  func stop() {
    for gateway in gateways { gateway.end() }
    run(for: .seconds(2))
    time.end()
  }

  // MARK: Clients

  /// Starts a client that makes `count` random operations on `keys` keys through a gateway.
  func startClient(_ client: Int, at gateway: Int, keys: Int, operations count: Int) {
    clientsAtWork += 1
    act { world in
      let session = Session(client: client, gateway: gateway)
      for _ in 0..<count {
        await world.loop.sleep(world.time.jitter(.zero, .milliseconds(20)))
        await world.operate(session, key: world.time.random(below: keys))
      }
      world.clientsAtWork -= 1
    }
  }

  /// Runs `body` as a client's task.
  func act(_ body: @escaping (World) async -> Void) {
    // Everything runs on the simulation's one thread.
    nonisolated(unsafe) let world = self
    nonisolated(unsafe) let body = body
    loop.post { [loop] in
      _ = Task.immediate(executorPreference: loop) { await body(world) }
    }
  }

  private func operate(_ session: Session, key: Int) async {
    if touchRate > 0, time.chance(touchRate) {
      _ = await touch(session, key: key)
      return
    }
    switch time.random(below: 100) {
    case ..<50: await get(session, key: key)
    case ..<85 where time.chance(conditionalRate): await putConditionally(session, key: key)
    case ..<85: await put(session, key: key)
    default: await delete(session, key: key)
    }
  }

  func get(_ session: Session, key: Int) async {
    let index = begin(session, key, .get)
    let exchange = SimulatedExchange<GetOutcome>()
    // Every other one as a batch would.
    let inBatch = index.isMultiple(of: 2)
    ask(session.gateway, giveUp: exchange.giveUp) {
      exchange.finish(await $0.getWhole(Self.key(key), inBatch: inBatch))
    }
    switch await exchange.wait() {
    case .hit(let hit):
      session.seen[key] = hit.record.version
      finish(index, .found(SimulatedValue.number(in: hit.record.body, key: key)), hit.record.version)
    case .miss, .lapsed:
      session.seen[key] = nil
      finish(index, .missing, nil)
    case .unreachable, nil: finish(index, .unknown, nil)
    }
  }

  func put(_ session: Session, key: Int) async { await write(session, key, { .put($0) }, .always) }

  /// Replaces what this client has seen last, or fills what it has seen to be missing.
  private func putConditionally(_ session: Session, key: Int) async {
    if let seen = session.seen[key] {
      await write(session, key, { .replace($0, expected: seen) }, .matches([.version(seen)]))
    } else {
      await write(session, key, { .putIfAbsent($0) }, .absent)
    }
  }

  private func write(
    _ session: Session, _ key: Int, _ kind: (Int) -> Operation.Kind, _ condition: WriteCondition
  ) async {
    lastValue += 1
    let number = lastValue
    let index = begin(session, key, kind(number))
    let body = SimulatedValue.body(number, key: key, padding: time.random(below: 300))
    // Everything runs on the simulation's one thread.
    nonisolated(unsafe) let value = NewValue(body: body, lifetime: .forever)
    nonisolated(unsafe) let pieces = time.chance(largeRate) ? SimulatedUpload(body, in: time) : nil
    let exchange = SimulatedExchange<WriteOutcome>()
    ask(session.gateway, giveUp: exchange.giveUp) { coordinator in
      if let pieces {
        let outcome = await coordinator.putLarge(Self.key(key), value, from: pieces, if: condition)
        exchange.finish(outcome ?? coordinator.nothingWritten(.refused))
      } else {
        exchange.finish(await coordinator.put(Self.key(key), value, if: condition))
      }
    }
    let outcome = await exchange.wait()
    if outcome?.failure == nil, let outcome { session.seen[key] = outcome.version }
    finish(index, outcome)
  }

  func delete(_ session: Session, key: Int) async {
    let index = begin(session, key, .delete)
    let exchange = SimulatedExchange<WriteOutcome>()
    ask(session.gateway, giveUp: exchange.giveUp) { exchange.finish(await $0.delete(Self.key(key))) }
    let outcome = await exchange.wait()
    if outcome?.failure == nil { session.seen[key] = nil }
    finish(index, outcome)
  }

  /// Changes no value, so the history does not tell of it. Longer than any history, with a limit or without.
  func touch(_ session: Session, key: Int) async -> WriteOutcome? {
    let lifetime = time.chance(0.5) ? Lifetime.forever : Lifetime(seconds: 36_000)
    let exchange = SimulatedExchange<WriteOutcome>()
    ask(session.gateway, giveUp: exchange.giveUp) {
      exchange.finish(await $0.touch(Self.key(key), lifetime: lifetime))
    }
    return await exchange.wait()
  }

  // MARK: Requests

  /// How long a client waits for an answer.
  private static let patience = Duration.seconds(5)

  /// Sends a request to a gateway, which finishes the exchange unless its client gives up first.
  private func ask(
    _ index: Int, giveUp: @escaping () -> Void, _ request: @escaping (isolated Coordinator) async -> Void
  ) {
    let gateway = gateways[index]
    guard gateway.isAlive else { return giveUp() }
    gateway.onKill(giveUp)
    time.after(Self.patience, giveUp)
    nonisolated(unsafe) let request = request
    let coordinator = gateway.coordinator
    gateway.loop.post {
      coordinator.assumeIsolated { coordinator in
        _ = Task.immediate(executorPreference: coordinator.loop) { await request(coordinator) }
      }
    }
  }

  private func begin(_ session: Session, _ key: Int, _ kind: Operation.Kind) -> Int {
    history.append(
      Operation(
        client: session.client, gateway: session.gateway, key: key, kind: kind, start: time.now,
        end: .distantFuture, outcome: .unknown))
    return history.count - 1
  }

  private func finish(_ index: Int, _ outcome: WriteOutcome?) {
    switch outcome?.failure {
    case nil where outcome != nil: finish(index, .done, outcome?.version)
    case .refused, .contended: finish(index, .refused, nil)
    default: finish(index, .unknown, nil)
    }
  }

  private func finish(_ index: Int, _ outcome: Operation.Outcome, _ version: Version?) {
    history[index].end = time.now
    history[index].outcome = outcome
    history[index].version = version
  }

  static func key(_ number: Int) -> Key {
    guard let key = try? Key("key-\(number)") else { preconditionFailure("a valid key") }
    return key
  }
}

/// One client's view: which gateway it talks to, and what it has seen.
final class Session {
  let client: Int
  let gateway: Int
  /// The version last seen under each key.
  var seen: [Int: Version] = [:]

  init(client: Int, gateway: Int = 0) {
    self.client = client
    self.gateway = gateway
  }
}

/// A request under way, and its answer once it is there.
///
/// `@unchecked Sendable`: everything runs on the simulation's one thread.
final class SimulatedExchange<Answer>: @unchecked Sendable {
  private var answer: Answer?
  private var isOver = false
  private var waiter: UnsafeContinuation<Void, Never>?

  func finish(_ answer: Answer) {
    guard !isOver else { return }
    self.answer = answer
    giveUp()
  }

  /// The client's patience is at its end, or its connection broke.
  func giveUp() {
    guard !isOver else { return }
    isOver = true
    waiter?.resume()
    waiter = nil
  }

  /// nil when it was given up.
  func wait() async -> Answer? {
    if !isOver { await withUnsafeContinuation { waiter = $0 } }
    return answer
  }
}

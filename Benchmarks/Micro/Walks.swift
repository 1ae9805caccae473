import GatewayCore
import Logging

/// Whole requests on the coordinator, from the call to the outcome, over three nodes that agree. Sixteen are under way
/// in each turn of the loop, and their commands go out together.
///
/// `@unchecked Sendable`: used by one thread.
final class Walks: @unchecked Sendable {
  private static let underWay = 16

  private let loop: ScriptedLoop
  private let keys: [Key]
  private let coordinator: Coordinator
  private let receiver = Receiver()
  private let value = NewValue(
    contentType: Bytes("text/plain".utf8), body: Bytes([UInt8](repeating: 98, count: 100)), lifetime: .forever
  )

  init() throws {
    keys = try (0..<Self.underWay).map { try Key(Script.name($0)) }
    loop = ScriptedLoop(Script(keys, bodySize: 100))
    let nodes = (1...3).map { NodeConfiguration(name: "n\($0)", host: "127.0.0.1", port: UInt16($0)) }
    var settings = ChainSettings()
    settings.failoverLifetime = .seconds(1)
    let logger = Logger(label: "micro") { _ in SwiftLogNoOpLogHandler() }
    let pool = try NodePool(
      nodes, replicas: settings.replicas, failoverLifetime: settings.failoverLifetime, state: nil,
      now: loop.now, logger: logger)
    // As after some time without an outage: the nodes' clocks are known, and no copies elsewhere.
    for node in pool.nodes { node.hasToldClock = true }
    loop.skip(.seconds(60))
    coordinator = Coordinator(
      pool: pool, settings: settings, clock: VersionClock(writer: 1), loop: loop, logger: logger)
  }

  func all() -> [Operation] {
    [
      Operation(name: "GET walk, 2 replicas, 100 B", count: Self.underWay) { [self] in gets() },
      Operation(name: "PUT walk, 2 replicas, 100 B", count: Self.underWay) { [self] in puts() },
    ]
  }

  private func gets() {
    loop.run { [self] in
      for key in keys {
        coordinator.assumeIsolated { $0.get(key, for: receiver) }
      }
      loop.runTurn()
    }
    precondition(receiver.takeCount() == Self.underWay, "a GET found nothing")
  }

  private func puts() {
    loop.run { [self] in
      for key in keys {
        _ = Task.immediate(executorPreference: loop) { await put(key, on: coordinator) }
      }
      loop.runTurn()
    }
    precondition(receiver.takeCount() == Self.underWay, "a PUT does not stand twice")
  }

  private func put(_ key: Key, on coordinator: isolated Coordinator) async {
    if await coordinator.put(key, value).standing == 2 { receiver.count += 1 }
  }
}

/// Counts hits, and PUTs that stand on both nodes.
private final class Receiver: GetReceiver {
  var count = 0

  func receive(_ outcome: GetOutcome, at now: WallTime) {
    if case .hit = outcome { count += 1 }
  }

  func takeCount() -> Int {
    defer { count = 0 }
    return count
  }
}

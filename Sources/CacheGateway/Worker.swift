import GatewayCore
import Glibc
import Logging

/// One worker: a thread with its event loop, its coordinator and its listeners. Workers share nothing but
/// the pool's state and the clock.
///
/// `@unchecked Sendable`: the servers are touched on the worker's thread only, and before it starts.
final class Worker: @unchecked Sendable {
  private let index: Int
  private let count: Int
  private let loop: EpollEventLoop
  private let coordinator: Coordinator
  private let keys: HTTPServer
  private let admin: HTTPServer?
  private var thread: LoopThread?

  init(
    index: Int, of count: Int, _ configuration: Configuration, pool: NodePool, clock: VersionClock,
    loop: EpollEventLoop, listener: Listener, adminListener: Listener?, connections: UInt32, logger: Logger
  ) throws {
    self.index = index
    self.count = count
    self.loop = loop
    let coordinator = Coordinator(
      pool: pool, settings: configuration.chain, clock: clock, loop: loop, logger: logger)
    self.coordinator = coordinator
    keys = try HTTPServer(
      listener, Routes(configuration, pool: pool, loop: loop), on: coordinator, loop: loop,
      limits: .init(connections: connections), logger: logger)
    admin = try adminListener.map {
      try HTTPServer(
        $0, AdminRoutes(pool: pool, loop: loop), on: coordinator, loop: loop,
        limits: .init(connections: 64), logger: logger)
    }
  }

  func start() throws {
    loop.post { [self] in
      coordinator.assumeIsolated { $0.start(probing: { $0 % self.count == self.index }) }
    }
    thread = try LoopThread { [loop] in loop.run() }
  }

  /// Begins `work` on the worker's thread.
  func perform(_ work: @escaping @Sendable (isolated Coordinator) async -> Void) {
    loop.post { [self] in
      coordinator.assumeIsolated { coordinator in
        _ = Task.immediate(executorPreference: loop) { await work(coordinator) }
      }
    }
  }

  /// Accepts nothing more, finishes what is under way, then ends the thread.
  func beginToStop() {
    loop.post { [self] in
      keys.drain()
      admin?.drain()
      coordinator.assumeIsolated { coordinator in
        coordinator.endLeaseWaits()
        _ = Task.immediate(executorPreference: loop) { await self.finish(on: coordinator) }
      }
    }
  }

  func join() { thread?.join() }

  private var isBusy: Bool { keys.exchangesUnderWay > 0 || admin?.exchangesUnderWay ?? 0 > 0 }

  private func finish(on coordinator: isolated Coordinator) async {
    let limit = loop.now + Gateway.drainLimit
    // Suspended exchanges must end in any case; they do by their request's deadline.
    while isBusy, loop.now < limit || keys.hasSuspended || admin?.hasSuspended == true {
      await loop.sleep(.milliseconds(5))
    }
    keys.stop()
    admin?.stop()
    coordinator.stop()
    loop.stop()
  }
}

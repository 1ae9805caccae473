import GatewayCore
import Glibc
import Logging

/// The thread that restores nodes in the background, beside the workers that serve clients: with an event loop, a
/// coordinator and connections of its own.
///
/// `@unchecked Sendable`: the thread is touched by its owner only.
final class Mover: @unchecked Sendable {
  /// As weak as a third of a worker where both want the core (sched(7)): clients go first, yet a busy machine does
  /// not keep a node empty.
  private static let niceness: CInt = 5
  /// For one command: a batch of them waits behind clients' commands, and must not make a node count as down. The
  /// workers find out earlier when one is.
  private static let operationTimeout = Duration.seconds(10)

  private let loop: EpollEventLoop
  private let coordinator: Coordinator
  private let rate: RestoreRate
  private let spoolDirectory: String
  private var thread: LoopThread?

  init(
    _ configuration: Configuration, pool: NodePool, clock: VersionClock, loop: EpollEventLoop,
    spoolDirectory: String, logger: Logger
  ) {
    self.loop = loop
    self.spoolDirectory = spoolDirectory
    rate = configuration.restoreRate
    var settings = configuration.chain
    settings.operationTimeout = max(settings.operationTimeout, Self.operationTimeout)
    coordinator = Coordinator(pool: pool, settings: settings, clock: clock, loop: loop, logger: logger)
  }

  func start() throws {
    loop.post { [self] in
      coordinator.assumeIsolated { coordinator in
        coordinator.start(probing: { _ in false })
        coordinator.startRestoring(rate: rate, spoolDirectory: spoolDirectory)
      }
    }
    thread = try LoopThread { [loop] in
      // Of the calling thread alone (setpriority(2), "C library/kernel differences").
      setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness)
      loop.run()
    }
  }

  /// Ends in the middle of whatever it does: another gateway, or the next run, takes it up.
  func stop() {
    loop.post { [self] in
      coordinator.assumeIsolated { $0.stop() }
      loop.stop()
    }
    thread?.join()
  }
}

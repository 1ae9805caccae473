import CMicroHTTPD
import GatewayCore
import Glibc
import Logging

/// A libmicrohttpd daemon without a thread of its own, driven by an event loop: its epoll descriptor is
/// watched by the loop's.
final class HTTPDaemon {
  struct Limits {
    var connections: UInt32
    /// Seconds without a byte from or to the client until its connection is closed.
    var inactivity: UInt32 = 60
    /// For each connection: request head and answer's head, at most. The longest key takes 6 KiB when all of
    /// it is percent-encoded. libmicrohttpd clears all of it for every request, and keeps it while the connection is
    /// idle.
    var connectionMemory = 10 * 1024
  }

  /// Runs within one turn of the loop: one to read and answer, one to write, and some for the requests that clients
  /// send meanwhile, so that their commands leave with the others' rather than by themselves.
  private static let mostRunsPerTurn = 6

  /// Something happened in this run that the next one goes on with.
  var madeProgress = false
  /// Answers libmicrohttpd's callbacks. Refers back to this: the cycle lasts as long as the daemon runs.
  private var server: HTTPServer?
  private let loop: EpollEventLoop
  private let logger: Logger
  private var daemon: OpaquePointer?
  private var isRunDue = false
  private var timer = EarliestTimer()

  /// Takes over the listener. Call on the loop's thread, or before it runs.
  init(
    _ listener: Listener, limits: Limits, loop: EpollEventLoop, server: HTTPServer, logger: Logger
  ) throws {
    self.server = server
    self.loop = loop
    self.logger = logger
    daemon = start(listener, limits, server)
    guard let daemon else { throw DaemonError() }
    try loop.watch(cmhd_epoll_descriptor(daemon), self)
    run()
  }

  /// Accepts no more connections.
  func quiesce() {
    guard let daemon else { return }
    let listener = MHD_quiesce_daemon(daemon)
    if listener >= 0 { close(listener) }
  }

  /// Closes all connections; none may be suspended.
  func stop() {
    timer.cancel(on: loop)
    if let daemon { MHD_stop_daemon(daemon) }
    daemon = nil
    server = nil
  }

  /// Has the daemon run at the end of this turn.
  func runSoon() {
    guard !isRunDue else { return }
    isRunDue = true
    loop.atEndOfTurn(.answer, self)
  }

  private func run() {
    guard let daemon else { return }
    var runs = 0
    repeat {
      madeProgress = false
      MHD_run(daemon)
      runs += 1
    } while madeProgress && runs < Self.mostRunsPerTurn
    server?.runsEnded()
    // The next turn goes on with what is left, after the nodes had theirs.
    if madeProgress { timer.arm(loop.now, on: loop, self) }
    startTimer(daemon)
  }

  /// libmicrohttpd says when it wants to run next. It says "at once" also while it asks for answers, which
  /// come by themselves; what else it may mean by that waits a millisecond then.
  private func startTimer(_ daemon: OpaquePointer) {
    var milliseconds: UInt64 = 0
    guard MHD_get_timeout(daemon, &milliseconds) == .YES else { return }
    if milliseconds == 0 { milliseconds = server?.asking ?? 0 > 0 ? 1 : 0 }
    timer.arm(loop.now + .milliseconds(Int64(min(milliseconds, 60_000))), on: loop, self)
  }

  private func start(_ listener: Listener, _ limits: Limits, _ server: HTTPServer) -> OpaquePointer? {
    let context = Unmanaged.passUnretained(self).toOpaque()
    var options = cmhd_options()
    options.listen_socket = listener.descriptor
    options.connection_limit = limits.connections
    options.connection_memory_limit = limits.connectionMemory
    options.inactivity_timeout_seconds = limits.inactivity
    options.handle_context = Unmanaged.passUnretained(server).toOpaque()
    options.handle = { server, connection, url, method, _, data, size, state in
      guard let server, let connection, let url, let method, let size, let state else { return .NO }
      return Unmanaged<HTTPServer>.fromOpaque(server)._withUnsafeGuaranteedRef {
        $0.handle(connection, url, method, data, size, state)
      }
    }
    options.completed_context = options.handle_context
    options.completed = { server, _, state, _ in
      guard let server, let state else { return }
      Unmanaged<HTTPServer>.fromOpaque(server)._withUnsafeGuaranteedRef { $0.completed(state) }
    }
    // A daemon that was at its limit listens again only in the run after a connection has closed.
    options.connection_changed_context = context
    options.connection_changed = { context, _, _, change in
      guard let context, change == .CONNECTION_NOTIFY_CLOSED else { return }
      HTTPDaemon.from(context).madeProgress = true
    }
    options.log_context = context
    options.log = { context, format, arguments in
      guard let context, let format, let arguments else { return }
      HTTPDaemon.from(context).log(format, arguments)
    }
    return cmhd_start_daemon(&options)
  }

  private static func from(_ context: UnsafeMutableRawPointer) -> HTTPDaemon {
    Unmanaged.fromOpaque(context).takeUnretainedValue()
  }

  private func log(_ format: UnsafePointer<CChar>, _ arguments: CVaListPointer) {
    var text = [CChar](repeating: 0, count: 512)
    vsnprintf(&text, text.count, format, arguments)
    let message = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    logger.debug("libmicrohttpd", metadata: ["message": "\(message)"])
  }
}

extension HTTPDaemon: SocketHandler, TurnParticipant, TimerTarget {
  func socketReady(_ readiness: Readiness) { runSoon() }

  func endOfTurn() {
    isRunDue = false
    run()
  }

  func timerFired() {
    timer.fired()
    runSoon()
  }
}

/// libmicrohttpd did not start; its log says why.
struct DaemonError: Error, CustomStringConvertible {
  var description: String { "the HTTP server did not start" }
}

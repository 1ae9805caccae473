import Glibc

/// The signals that the main thread waits for; no thread is interrupted by them.
struct Signals {
  enum Event {
    /// SIGTERM, SIGINT.
    case stop
    /// SIGHUP.
    case reload
    /// A child ended, or the time is up.
    case other
  }

  private var set = sigset_t()

  /// Blocks them for this thread and all that it starts.
  static func blocked() -> Signals {
    var signals = Signals()
    sigemptyset(&signals.set)
    for number in [SIGTERM, SIGINT, SIGHUP, SIGCHLD] { sigaddset(&signals.set, number) }
    pthread_sigmask(SIG_BLOCK, &signals.set, nil)
    signal(SIGPIPE, SIG_IGN)
    return signals
  }

  func wait(seconds: Int) -> Event {
    var set = set
    var limit = timespec(tv_sec: seconds, tv_nsec: 0)
    switch sigtimedwait(&set, nil, &limit) {
    case SIGTERM, SIGINT: return .stop
    case SIGHUP: return .reload
    default: return .other
    }
  }
}

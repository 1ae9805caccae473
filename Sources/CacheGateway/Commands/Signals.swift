import Glibc

/// The signals that the main thread waits for; no thread is interrupted by them.
struct Signals {
  private var set = sigset_t()

  /// Blocks them for this thread and all that it starts.
  static func blocked() -> Signals {
    var signals = Signals()
    sigemptyset(&signals.set)
    for number in [SIGTERM, SIGINT, SIGCHLD] { sigaddset(&signals.set, number) }
    pthread_sigmask(SIG_BLOCK, &signals.set, nil)
    signal(SIGPIPE, SIG_IGN)
    return signals
  }

  /// True when the process was told to stop; false when a child ended or the time is up.
  func wait(seconds: Int) -> Bool {
    var set = set
    var limit = timespec(tv_sec: seconds, tv_nsec: 0)
    let number = sigtimedwait(&set, nil, &limit)
    return number == SIGTERM || number == SIGINT
  }
}

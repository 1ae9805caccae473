import DequeModule
import Synchronization

/// The jobs that wait to run on a loop's thread: those from the thread itself in a plain array, those from
/// other threads behind a lock. Bounded by the tasks that exist, which the gateway bounds by its requests.
final class JobQueue: @unchecked Sendable {
  private enum Remote {
    case job(UnownedJob)
    case work(@Sendable () -> Void)
  }

  /// Touched on the loop's thread only.
  private var local: Deque<UnownedJob> = []
  private let remote = Mutex<[Remote]>([])

  var isEmpty: Bool { local.isEmpty }

  func appendLocal(_ job: UnownedJob) {
    local.append(job)
  }

  /// True when the loop has to be woken: nothing from outside was waiting yet.
  func appendRemote(_ job: UnownedJob) -> Bool { appendRemote(.job(job)) }

  /// True when the loop has to be woken.
  func appendRemote(_ work: @escaping @Sendable () -> Void) -> Bool { appendRemote(.work(work)) }

  private func appendRemote(_ item: Remote) -> Bool {
    remote.withLock { waiting in
      waiting.append(item)
      return waiting.count == 1
    }
  }

  /// Takes over what other threads left here.
  func collectRemote() {
    let items = remote.withLock { waiting in
      defer { waiting.removeAll(keepingCapacity: true) }
      return waiting
    }
    for item in items {
      switch item {
      case .job(let job): local.append(job)
      case .work(let work): work()
      }
    }
  }

  /// Runs the jobs that wait, and those that they add, until none is left. A job may call this in turn.
  func runAll(on executor: UnownedSerialExecutor, _ taskExecutor: UnownedTaskExecutor) {
    while let job = local.popFirst() {
      job.runSynchronously(isolatedTo: executor, taskExecutor: taskExecutor)
    }
  }
}

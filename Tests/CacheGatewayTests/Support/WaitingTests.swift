import Dispatch
import Testing

extension Trait where Self == WaitingTests {
  /// For tests that mostly wait for seconds to pass.
  static var waiting: Self { Self() }
}

/// Each of them blocks a thread of its own, all at once: on the threads of the others, one for each core, they would keep
/// these from running.
struct WaitingTests: TestTrait, SuiteTrait, TestScoping {
  let isRecursive = true

  @concurrent func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
  ) async throws {
    try await withTaskExecutorPreference(OwnThread()) { try await function() }
  }
}

private final class OwnThread: TaskExecutor {
  private let queue = DispatchQueue(label: "a test that waits")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}

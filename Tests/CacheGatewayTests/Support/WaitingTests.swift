import Dispatch
import Testing

extension Trait where Self == WaitingTests {
  /// For tests that wait for seconds to pass, of which there are a dozen.
  static var waiting: Self { Self() }
}

/// Each runs on a thread of its own, all of them at once. Tests share as many threads as there are cores, and one that
/// waits keeps another from running.
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

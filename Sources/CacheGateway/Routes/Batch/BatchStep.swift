import GatewayCore

/// One write of a batch that is carried out by itself, without a task.
final class BatchStep: WriteReceiver {
  private let index: Int
  private let write: KeyWrite
  private let limit: Int
  private let run: BatchRun
  private let coordinator: Coordinator

  private init(_ index: Int, _ write: KeyWrite, limit: Int, _ run: BatchRun, _ coordinator: Coordinator) {
    self.index = index
    self.write = write
    self.limit = limit
    self.run = run
    self.coordinator = coordinator
  }

  /// False where it needs a task, and nothing was done.
  static func begin(
    _ index: Int, _ write: KeyWrite, _ body: Bytes, limit: Int, of run: BatchRun,
    on coordinator: isolated Coordinator
  ) -> Bool {
    write.perform(body, for: BatchStep(index, write, limit: limit, run, coordinator), on: coordinator)
  }

  func receive(_ outcome: WriteOutcome) {
    coordinator.isolated((self, outcome)) {
      $1.0.run.take($1.1, $1.0.index, $1.0.write, limit: $1.0.limit, on: $0)
    }
  }
}

import GatewayCore

/// One operation of a batch that is carried out by itself, without a task.
final class BatchStep: GetReceiver, WriteReceiver {
  private let index: Int
  private let operation: BatchOperation
  private let run: BatchRun
  private let coordinator: Coordinator

  private init(_ index: Int, _ operation: BatchOperation, _ run: BatchRun, _ coordinator: Coordinator) {
    self.index = index
    self.operation = operation
    self.run = run
    self.coordinator = coordinator
  }

  /// False where it needs a task, and nothing was done.
  static func begin(
    _ index: Int, _ operation: BatchOperation, of run: BatchRun, _ mode: ReadMode,
    on coordinator: isolated Coordinator
  ) -> Bool {
    if run.isOver(now: coordinator.loop.now) { return false }
    let step = BatchStep(index, operation, run, coordinator)
    switch operation {
    case .get(let key):
      coordinator.get(key, mode, for: step)
      return true
    case .write(let write, let body, _): return write.perform(body, for: step, on: coordinator)
    case .refused: return false
    }
  }

  func receive(_ outcome: GetOutcome, at now: WallTime) {
    guard case .get(let key) = operation else { return }
    coordinator.isolated((self, outcome, key)) { $1.0.run.take($1.1, $1.0.index, $1.2, on: $0) }
  }

  func receive(_ outcome: WriteOutcome) {
    guard case .write(let write, _, let limit) = operation else { return }
    coordinator.isolated((self, outcome, write, limit)) {
      $1.0.run.take($1.1, $1.0.index, $1.2, limit: $1.3, on: $0)
    }
  }
}

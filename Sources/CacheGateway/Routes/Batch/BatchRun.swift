import GatewayCore

/// Carries out the operations of one batch: those of one key one after the other, others at the same time.
final class BatchRun: BatchReadReceiver {
  /// Keys at a time. So many commands to a node go out together, in one turn of the loop; with more, large values
  /// would keep a node from answering the last of them within the operation timeout.
  private static let mostUnderWay = 128
  /// How far ahead of its beginning a read is prepared: a microsecond or two.
  private static let prepared = 8
  /// Of all values in the answer: 16 MiB, which are encoded in one go, in some milliseconds.
  static let mostValueBytes = 16 << 20

  /// After that, nothing is begun. The operations of one key may each take as long as a request may.
  private static let longest = Duration.seconds(5)

  private let operations: [BatchOperation]
  private let readMode: ReadMode
  private let answers: KeyAnswers
  private let lanes: BatchLanes
  private var nextLane = 0
  private var lanesUnderWay = 0
  private var isBeginning = false
  /// Those that are by themselves; nil before it is begun and once it has ended.
  private var reads: BatchRead?
  private var deadline = Instant.distantFuture
  private var valueRoom = mostValueBytes
  private var isFull = false
  /// nil before it is begun and once it has ended.
  private var results: (any BatchResults)?

  init(_ operations: [BatchOperation], _ readMode: ReadMode, _ answers: KeyAnswers) {
    self.operations = operations
    self.readMode = readMode
    self.answers = answers
    lanes = BatchLanes(operations)
  }

  var count: Int { operations.count }

  /// Begins as much as goes at a time, in this turn of the loop.
  func start(for results: any BatchResults, on coordinator: isolated Coordinator) {
    self.results = results
    deadline = coordinator.loop.now + Self.longest
    reads = BatchRead(count: operations.count, readMode, for: self, on: coordinator)
    for lane in 0..<Self.prepared { prepare(lane, on: coordinator) }
    beginLanes(on: coordinator)
    BatchRead.flushEarly(on: coordinator)
  }

  /// A lane may end as soon as it has begun.
  private func beginLanes(on coordinator: isolated Coordinator) {
    if isBeginning { return }
    isBeginning = true
    while lanesUnderWay < Self.mostUnderWay, nextLane < lanes.count {
      lanesUnderWay += 1
      nextLane += 1
      prepare(nextLane - 1 + Self.prepared, on: coordinator)
      begin(lanes.first(nextLane - 1), on: coordinator)
    }
    isBeginning = false
    if lanesUnderWay == 0 { end() }
  }

  private func prepare(_ lane: Int, on coordinator: isolated Coordinator) {
    if lane < lanes.count { BatchRead.prepare(lanes.keyHash(lane), on: coordinator) }
  }

  private func end() {
    reads = nil
    results.take()?.end()
  }

  private func laneEnded(on coordinator: isolated Coordinator) {
    lanesUnderWay -= 1
    if nextLane < lanes.count || lanesUnderWay == 0 { beginLanes(on: coordinator) }
  }

  private func begin(_ first: Int, on coordinator: isolated Coordinator) {
    if lanes.next(first) == nil, beginAlone(first, on: coordinator) { return }
    // All are confined to the loop's thread.
    nonisolated(unsafe) let run = self
    _ = Task.immediate(executorPreference: coordinator.loop) {
      var next: Int? = first
      while let index = next {
        run.finish(index, await run.carryOut(run.operations[index], on: coordinator))
        next = run.lanes.next(index)
      }
      run.laneEnded(on: coordinator)
    }
  }

  /// One operation by itself, as most are, without a task. False where it needs one, and nothing was done.
  private func beginAlone(_ index: Int, on coordinator: isolated Coordinator) -> Bool {
    if isFull || coordinator.loop.now >= deadline { return false }
    switch operations[index] {
    case .get(let key):
      reads?.begin(key, number: index, on: coordinator)
      return true
    case .write(let write, let body, let limit):
      return BatchStep.begin(index, write, body, limit: limit, of: self, on: coordinator)
    case .refused: return false
    }
  }

  // MARK: Operations by themselves

  func receive(_ value: ReadValue, number index: Int, on coordinator: isolated Coordinator) {
    if takeRoom(value.body.count) {
      results?.add(index, value)
    } else {
      finish(index, .failed(.answerFull))
    }
    laneEnded(on: coordinator)
  }

  func receive(_ outcome: GetOutcome, number index: Int, on coordinator: isolated Coordinator) {
    guard case .get(let key) = operations[index] else { return }
    if case .hit(let hit) = outcome, hit.record.kind == .chunks {
      nonisolated(unsafe) let (run, outcome) = (self, outcome)
      _ = Task.immediate(executorPreference: coordinator.loop) {
        run.finish(index, await run.whole(outcome, key, on: coordinator))
        run.laneEnded(on: coordinator)
      }
    } else {
      finish(index, withRoom(BatchResult(outcome, key, answers)))
      laneEnded(on: coordinator)
    }
  }

  func take(
    _ outcome: WriteOutcome, _ index: Int, _ write: KeyWrite, limit: Int, on coordinator: isolated Coordinator
  ) {
    finish(index, BatchResult(outcome, of: write, limit: limit, answers))
    laneEnded(on: coordinator)
  }

  // MARK: Operations in a task

  private func carryOut(
    _ operation: BatchOperation, on coordinator: isolated Coordinator
  ) async -> BatchResult {
    switch operation {
    case .refused(let problem): return .failed(problem)
    case _ where coordinator.loop.now >= deadline: return .failed(.batchOutOfTime)
    case .get where isFull: return .failed(.answerFull)
    case .get(let key): return await whole(await coordinator.get(key, readMode), key, on: coordinator)
    case .write(let write, let body, let limit):
      return BatchResult(await write.perform(body, on: coordinator), of: write, limit: limit, answers)
    }
  }

  private func whole(
    _ outcome: GetOutcome, _ key: Key, on coordinator: isolated Coordinator
  ) async -> BatchResult {
    guard case .hit(let hit) = outcome, hit.record.kind == .chunks else {
      return withRoom(BatchResult(outcome, key, answers))
    }
    // Its room is taken before its bytes are.
    isFull = isFull || hit.record.length > valueRoom
    if isFull { return .failed(.answerFull) }
    let length = Int(hit.record.length)
    valueRoom -= length
    let whole = await coordinator.whole(hit, key, readMode, atMost: length)
    valueRoom += length
    return whole.map { withRoom(BatchResult($0, key, answers)) } ?? .failed(.answerFull)
  }

  /// A value that does not fit into the answer is let go of at once.
  private func withRoom(_ result: BatchResult) -> BatchResult {
    guard case .found(let hit, _) = result, !takeRoom(hit.record.body.count) else { return result }
    return .failed(.answerFull)
  }

  /// False, from then on, when a value does not fit into the answer.
  private func takeRoom(_ length: Int) -> Bool {
    isFull = isFull || length > valueRoom
    if isFull { return false }
    valueRoom -= length
    return true
  }

  private func finish(_ index: Int, _ result: BatchResult) { results?.add(index, result) }
}

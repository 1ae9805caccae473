import GatewayCore

/// Carries out the operations of one batch: those of one key one after the other, others at the same time.
final class BatchRun {
  /// Keys at a time. So many commands to a node go out together, in one turn of the loop; with more, large values
  /// would keep a node from answering the last of them within the operation timeout.
  private static let mostUnderWay = 128
  /// Of all values in the answer: 16 MiB, which are encoded in one go, in some milliseconds.
  static let mostValueBytes = 16 << 20

  /// After that, nothing is begun. The operations of one key may each take as long as a request may.
  private static let longest = Duration.seconds(5)

  private let operations: [BatchOperation]
  private let readMode: ReadMode
  private let answers: KeyAnswers
  /// The operations of each key, in order.
  private let lanes: [[Int]]
  private var nextLane = 0
  private var lanesUnderWay = 0
  private var isBeginning = false
  private var deadline = Instant.distantFuture
  private var valueRoom = mostValueBytes
  private var isFull = false
  private var results: [BatchResult?]
  /// Told of each operation that is done.
  private var eachDone: (Int) -> Void = { _ in }
  private var whenDone: (() -> Void)?

  init(_ operations: [BatchOperation], _ readMode: ReadMode, _ answers: KeyAnswers) {
    self.operations = operations
    self.readMode = readMode
    self.answers = answers
    results = Array(repeating: nil, count: operations.count)
    lanes = Self.lanes(operations)
  }

  /// In the order of each key's first operation.
  static func lanes(_ operations: [BatchOperation]) -> [[Int]] {
    var lanes: [[Int]] = []
    var laneOfKey: [Key: Int] = [:]
    for (index, operation) in operations.enumerated() {
      if let key = operation.key, let lane = laneOfKey[key] {
        lanes[lane].append(index)
      } else {
        if let key = operation.key { laneOfKey[key] = lanes.count }
        lanes.append([index])
      }
    }
    return lanes
  }

  var count: Int { operations.count }

  /// Of an operation that is done.
  func result(_ index: Int) -> BatchResult? { results[index] }

  /// Begins as much as goes at a time, in this turn of the loop. `whenDone` is called once all have ended.
  func start(
    on coordinator: isolated Coordinator, eachDone: @escaping (Int) -> Void = { _ in },
    whenDone: @escaping () -> Void
  ) {
    self.eachDone = eachDone
    self.whenDone = whenDone
    deadline = coordinator.loop.now + Self.longest
    beginLanes(on: coordinator)
  }

  /// A lane may end as soon as it has begun.
  private func beginLanes(on coordinator: isolated Coordinator) {
    if isBeginning { return }
    isBeginning = true
    while lanesUnderWay < Self.mostUnderWay, nextLane < lanes.count {
      lanesUnderWay += 1
      nextLane += 1
      begin(lanes[nextLane - 1], on: coordinator)
    }
    isBeginning = false
    if lanesUnderWay == 0 { whenDone.take()?() }
  }

  private func laneEnded(on coordinator: isolated Coordinator) {
    lanesUnderWay -= 1
    beginLanes(on: coordinator)
  }

  /// One operation by itself, as most are, needs no task.
  private func begin(_ lane: [Int], on coordinator: isolated Coordinator) {
    if lane.count == 1, BatchStep.begin(lane[0], operations[lane[0]], of: self, readMode, on: coordinator) {
      return
    }
    // All are confined to the loop's thread.
    nonisolated(unsafe) let run = self
    _ = Task.immediate(executorPreference: coordinator.loop) {
      for index in lane { run.finish(index, await run.carryOut(run.operations[index], on: coordinator)) }
      run.laneEnded(on: coordinator)
    }
  }

  /// Nothing more is begun.
  func isOver(now: Instant) -> Bool { isFull || now >= deadline }

  // MARK: Operations by themselves

  func take(_ outcome: GetOutcome, _ index: Int, _ key: Key, on coordinator: isolated Coordinator) {
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
    guard case .found(let hit, _) = result else { return result }
    isFull = isFull || hit.record.body.count > valueRoom
    if isFull { return .failed(.answerFull) }
    valueRoom -= hit.record.body.count
    return result
  }

  private func finish(_ index: Int, _ result: BatchResult) {
    results[index] = result
    eachDone(index)
  }
}

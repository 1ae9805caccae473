import GatewayCore

/// The body of an answer with a value that is stored in chunks: one chunk is being sent while the next is
/// fetched.
final class ValueStream: BodyStream {
  let length: UInt64?
  private let value: LargeValue
  private let parts: [BodyPart]
  private let coordinator: Coordinator
  /// What is sent next.
  private var fetched: Bytes?
  private var hasBegun = false
  private var isAtEnd = false
  private var isClosed = false
  /// Waits for more to send.
  private var wake: (() -> Void)?
  /// Waits for room to fetch more.
  private var waiter: UnsafeContinuation<Void, Never>?

  /// `parts`: in the order in which they are sent.
  init(_ value: LargeValue, _ parts: [BodyPart], on coordinator: Coordinator) {
    self.value = value
    self.parts = parts
    self.coordinator = coordinator
    length = parts.reduce(0) { $0 + UInt64($1.count) }
  }

  // MARK: To the client

  func next(wake: @escaping () -> Void) -> BodyStreamPiece {
    // First: what it fetches may be there at once.
    begin()
    if let next = fetched.take() {
      waiter.take()?.resume()
      return .bytes(next)
    }
    if isAtEnd || isClosed { return .failed }
    self.wake = wake
    return .later
  }

  func close() {
    isClosed = true
    fetched = nil
    wake = nil
    waiter.take()?.resume()
  }

  // MARK: From the nodes

  private func begin() {
    guard !hasBegun else { return }
    hasBegun = true
    coordinator.isolated(self) { coordinator, stream in
      // Both are confined to the loop's thread, which the compiler cannot see across libmicrohttpd.
      nonisolated(unsafe) let stream = stream
      _ = Task.immediate(executorPreference: coordinator.loop) { await stream.fetchAll(on: coordinator) }
    }
  }

  private func fetchAll(on coordinator: isolated Coordinator) async {
    for part in parts where !isClosed {
      switch part {
      case .bytes(let bytes): await hand(bytes)
      case .value(let range):
        guard await fetch(UInt64(range.lowerBound)..<UInt64(range.upperBound), on: coordinator) else {
          return end()
        }
      }
    }
    end()
  }

  /// False when a chunk was lost.
  private func fetch(_ range: Range<UInt64>, on coordinator: isolated Coordinator) async -> Bool {
    for chunk in value.chunks(of: range) {
      await waitForRoom()
      if isClosed { return true }
      guard let bytes = await coordinator.chunk(chunk, of: value) else { return false }
      let held = value.range(chunk)
      let part = range.clamped(to: held)
      await hand(bytes.part(Int(part.lowerBound - held.lowerBound)..<Int(part.upperBound - held.lowerBound)))
    }
    return true
  }

  private func waitForRoom() async {
    while fetched != nil, !isClosed { await withUnsafeContinuation { waiter = $0 } }
  }

  /// Waits until it can be sent next.
  private func hand(_ bytes: Bytes) async {
    await waitForRoom()
    if isClosed || bytes.isEmpty { return }
    fetched = bytes
    wakeReader()
  }

  private func end() {
    isAtEnd = true
    if fetched == nil { wakeReader() }
  }

  private func wakeReader() {
    let wake = wake.take()
    wake?()
  }
}

/// Keys under way from one node to others, each to one node, in a form that costs little: their names stand in one
/// block, and their values go from one connection's buffer to the other's.
///
/// Whatever is not as simple as that is left over, to be moved key by key.
final class RelayBatch {
  /// What became of the keys that one node was to take.
  struct Outcome {
    let node: Int
    let added: Int
    /// The node had something under the key.
    let present: Int
    let stored: Int
    /// Of those stored.
    let bytes: Int
  }

  private struct Key {
    let position: Int32
    let target: Int32
  }

  private let block: KeyBlock
  private let writer: (Int) -> RelayWriter?
  /// What was read after this is too old to be written.
  private let deadline: Instant
  private let loop: any EventLoop
  private var keys = ContiguousArray<Key>()
  private var next = 0
  private var openWriters: [RelayWriter] = []
  private var unwritten = 0
  private var readingIsOver = false
  private var waiter: UnsafeContinuation<Void, Never>?
  /// Keys that were not moved, by their positions in the block.
  private(set) var leftOver: [Int] = []
  private(set) var outcomes: [Outcome] = []
  private(set) var failure: SweepFailure?

  /// `writer`: nil when that node is down.
  init(
    _ block: KeyBlock, validFor: Duration, on loop: any EventLoop, writer: @escaping (Int) -> RelayWriter?
  ) {
    self.block = block
    self.writer = writer
    self.loop = loop
    deadline = loop.now + validFor
    keys.reserveCapacity(block.count)
  }

  /// The key at this position of the block goes to that node.
  func append(_ position: Int, to target: Int) {
    keys.append(Key(position: Int32(truncatingIfNeeded: position), target: Int32(truncatingIfNeeded: target)))
  }

  func leaveOver(_ position: Int) { leftOver.append(position) }

  var keyCount: Int { keys.count }

  @inline(__always)
  func withName(_ key: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
    block.withName(at: Int(keys[key].position), body)
  }

  // MARK: Reading

  var isRead: Bool { next == keys.count }

  /// Takes the reply about the next key.
  func take(_ reply: FetchedReply, in bytes: UnsafeRawBufferPointer) {
    let key = keys[next]
    next += 1
    guard failure == nil, let value = reply.value(in: bytes),
      let lifetime = Coordinator.lifetimeOfRepair(reply.lifetime)
    else { return }
    guard loop.now < deadline, Self.isSimple(value, reply.clientFlags) else {
      return leftOver.append(Int(key.position))
    }
    hand(value, reply.clientFlags, lifetime, key)
  }

  /// Whether the same bytes say the same on another link: not of chunks, which are to be copied as well, nor of a copy
  /// past the natural placement, which its value outlives. Whether the record is whole is seen by who reads it.
  private static func isSimple(_ value: UnsafeRawBufferPointer, _ clientFlags: UInt32) -> Bool {
    guard RecordFormat.isRecord(clientFlags) else { return true }
    return !RecordFormat.namesChunks(clientFlags) && value.count >= RecordFormat.fixedHeader + 2
      && RecordFormat.isKnown(value[0]) && value[1] != Record.Kind.chunks.rawValue
      && value.loadUnaligned(fromByteOffset: RecordFormat.outlivesOffset, as: UInt32.self) == 0
  }

  private func hand(
    _ value: UnsafeRawBufferPointer, _ clientFlags: UInt32, _ lifetime: Lifetime, _ key: Key
  ) {
    guard let writer = openWriter(Int(key.target)) else {
      return fail(.target(Int(key.target), "it is down"))
    }
    var isAdded = false
    block.withName(at: Int(key.position)) { name in
      isAdded = writer.add(name, value, clientFlags: clientFlags, lifetime: lifetime)
    }
    if !isAdded { leftOver.append(Int(key.position)) }
  }

  private func openWriter(_ target: Int) -> RelayWriter? {
    for writer in openWriters where writer.node.index == target { return writer }
    guard let writer = writer(target) else { return nil }
    openWriters.append(writer)
    unwritten += 1
    writer.begin(self)
    return writer
  }

  /// All keys have been asked for, and all replies taken.
  func wasRead() {
    readingIsOver = true
    closeWriters()
    wake()
  }

  private func closeWriters() {
    for writer in openWriters { writer.end(self) }
    openWriters = []
  }

  // MARK: Its end

  func wasWritten(_ outcome: Outcome) {
    outcomes.append(outcome)
    unwritten -= 1
    wake()
  }

  func fail(_ failure: SweepFailure) {
    if self.failure == nil { self.failure = failure }
    closeWriters()
    wake()
  }

  /// Until every key has been moved, or is left over.
  func ended() async throws(SweepFailure) {
    if !isOver { await withUnsafeContinuation { waiter = $0 } }
    if let failure { throw failure }
  }

  var isOver: Bool { failure != nil || readingIsOver && unwritten == 0 }

  private func wake() {
    guard isOver else { return }
    waiter?.resume()
    waiter = nil
  }
}

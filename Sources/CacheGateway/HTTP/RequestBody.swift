import GatewayCore

/// A request's body as it comes in: collected up to its limit, or read and dropped when the answer stands
/// already.
struct RequestBody {
  enum Growth {
    case accepted
    /// Longer than its limit.
    case tooLong
    /// No memory for it now.
    case noRoom
  }

  /// The first allocation for a body of unknown length.
  private static let firstCapacity = 16 * 1024

  let limit: Int
  /// Of the worker's server, which outlives every request.
  private unowned(unsafe) let budget: UploadBudget
  private var storage: ByteStorage?
  private var reserved = 0
  /// Bytes of the whole body, where that is known.
  private var announced: Int?

  init(limit: Int, budget: UploadBudget) {
    self.limit = limit
    self.budget = budget
  }

  /// Makes room for a body of a known length.
  mutating func expect(_ length: Int) -> Growth {
    if length > limit { return .tooLong }
    announced = length
    return grow(to: length)
  }

  /// Has the rest come straight into its place, where it is known to be long.
  func receiveDirectly(from socket: CInt) -> DirectUpload? {
    guard let announced, let storage else { return nil }
    return DirectUpload.begin(from: socket, into: storage, rest: announced - storage.count)
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer) -> Growth {
    let needed = (storage?.count ?? 0) + bytes.count
    if needed > limit { return .tooLong }
    if storage.map({ $0.room < bytes.count }) ?? true {
      let doubled = max(Self.firstCapacity, (storage?.count ?? 0) * 2)
      let growth = grow(to: min(limit, max(needed, doubled)))
      guard growth == .accepted else { return growth }
    }
    storage?.append(bytes)
    return .accepted
  }

  var bytes: Bytes { storage.map { Bytes($0) } ?? .empty }

  /// Gives the memory's share back to the budget; the bytes stay with whoever holds them.
  mutating func release() {
    budget.giveBack(reserved)
    reserved = 0
    storage = nil
  }

  private mutating func grow(to capacity: Int) -> Growth {
    guard budget.take(capacity - reserved) else { return .noRoom }
    reserved = capacity
    storage = storage?.grown(to: capacity) ?? ByteStorage.allocate(capacity: capacity)
    return .accepted
  }
}

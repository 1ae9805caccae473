import GatewayCore

/// A request's body that is carried on while it comes in: two pieces of it are here at most. When both are full
/// the connection is not read from.
final class UploadStream: BodySource {
  /// Bytes of memory that an upload takes, beside what is on its way.
  static func memory(pieceSize: Int) -> Int { 3 * pieceSize }

  /// Bytes that it takes before the first piece is asked for.
  static func mostAtOnce(_ pieceSize: Int) -> Int { 2 * pieceSize }

  let pieceSize: Int
  /// The longest body, in bytes.
  private let limit: Int
  /// Bytes of the whole body, where that is known.
  private let announced: Int?
  private let budget: UploadBudget
  /// Called when there is room again after `append` took less than it was given.
  private let onRoom: () -> Void
  private var count = 0
  private var filling: ByteStorage?
  private var full: Bytes?
  private var isAtEnd = false
  private var isBroken = false
  private var isFull = false
  private var waiter: UnsafeContinuation<Void, Never>?

  /// nil when there is no memory for it now.
  init?(
    pieceSize: Int, limit: Int, announced: Int? = nil, budget: UploadBudget, onRoom: @escaping () -> Void
  ) {
    guard budget.take(Self.memory(pieceSize: pieceSize)) else { return nil }
    self.pieceSize = pieceSize
    self.limit = limit
    self.announced = announced
    self.budget = budget
    self.onRoom = onRoom
  }

  deinit { budget.giveBack(Self.memory(pieceSize: pieceSize)) }

  // MARK: From the client

  /// How many of the bytes were taken; nil when the body is longer than allowed.
  func append(_ bytes: UnsafeRawBufferPointer) -> Int? {
    guard bytes.count <= limit - count else { return nil }
    var rest = bytes
    while !rest.isEmpty, makeRoom(), let filling {
      let taken = min(rest.count, filling.room)
      filling.append(UnsafeRawBufferPointer(rebasing: rest[..<taken]))
      rest = UnsafeRawBufferPointer(rebasing: rest[taken...])
    }
    isFull = !rest.isEmpty
    count += bytes.count - rest.count
    return bytes.count - rest.count
  }

  /// Has the rest of the piece come straight into its place, where the body is known to be longer.
  func receiveDirectly(from socket: CInt) -> DirectUpload? {
    guard let announced, let filling else { return nil }
    return DirectUpload.begin(from: socket, into: filling, rest: announced - count)
  }

  /// So many bytes have come into their place.
  func arrived(_ arrived: Int) { count += arrived }

  /// The body is whole.
  func end() {
    isAtEnd = true
    wake()
  }

  /// The rest will not come.
  func breakOff() {
    isBroken = true
    wake()
  }

  var tooLarge: Response { Problem.tooLarge(limit: limit).response }

  private func makeRoom() -> Bool {
    if let filling, filling.room > 0 { return true }
    if let filling {
      if full != nil { return false }
      full = Bytes(filling)
      wake()
    }
    filling = ByteStorage.allocate(capacity: pieceSize)
    return true
  }

  private func wake() { waiter.take()?.resume() }

  // MARK: To the nodes

  func next() async -> Bytes? {
    while full == nil, !isAtEnd, !isBroken { await withUnsafeContinuation { waiter = $0 } }
    if isBroken { return nil }
    if let piece = full.take() {
      makeKnownThatThereIsRoom()
      return piece
    }
    defer { filling = nil }
    return filling.map { Bytes($0) } ?? .empty
  }

  private func makeKnownThatThereIsRoom() {
    guard isFull else { return }
    isFull = false
    onRoom()
  }
}

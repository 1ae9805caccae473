/// Why a sweep did not come to its end.
enum SweepFailure: Error, Equatable {
  /// The node with the keys failed.
  case source(String)
  /// A node that keys are copied to failed.
  case target(Int, String)
  /// The coordinator ended, or somebody else took over.
  case stopped
}

/// One pass over the keys of a node: lists them, and does with each what a plan says. The keys wait in a spool, from
/// which a few batches are worked off at a time, so that reading from one node and writing to another overlap.
final class Sweep {
  /// What is to be done with a key of this hash, used last at that second.
  typealias Plan = (_ keyHash: UInt64, _ lastAccess: Int64) -> KeyMove

  let source: NodeLink
  let plan: Plan
  /// The node whose restore this belongs to.
  let board: RestoreBoard
  /// It tells how much is to go; later passes come upon what is known already.
  private let isFirst: Bool
  /// Keys that belong elsewhere and stayed, since nodes where they belong did not take them.
  private(set) var leftBehind = 0
  /// Asked before each batch.
  let isWanted: () -> Bool
  /// As of now.
  var limits: () -> BatchLimits = { .full }
  private(set) var failure: SweepFailure?
  /// Most keys are where they should be already: it is asked for them before they are fetched.
  private(set) var asksFirst: Bool
  private var spool: KeySpool
  private var listing: KeyListing?
  private var isListed = false
  /// Keys of clients among those listed.
  private(set) var listedKeys = 0
  private(set) var qualifiedBytes = 0
  private(set) var batches = 0
  private var waiter: UnsafeContinuation<Void, Never>?

  init(
    _ source: NodeLink, board: RestoreBoard, isFirst: Bool, spoolDirectory: String?,
    isWanted: @escaping () -> Bool = { true }, plan: @escaping Plan
  ) {
    self.isWanted = isWanted
    self.source = source
    self.isFirst = isFirst
    asksFirst = !isFirst
    self.board = board
    self.plan = plan
    spool = KeySpool(directory: spoolDirectory)
  }

  // MARK: Listing

  func startListing(_ loop: any EventLoop) throws(SweepFailure) {
    guard let address = source.node.address else { throw .source("its address is unknown") }
    let listing = KeyListing(
      loop, take: { [unowned self] in take($0) }, finish: { [unowned self] in listed($0) })
    self.listing = listing
    do {
      try listing.start(at: address)
    } catch {
      throw .source("\(error)")
    }
  }

  /// Keys that only their records tell are fetched to be decided about.
  private func take(_ key: ListedKey) {
    if ReservedName.isReserved(key.name) { return }
    listedKeys += 1
    if !Key.isHashedName(key.name), plan(XXHash64.hash(key.name), key.lastAccess).isNothing { return }
    qualifiedBytes += key.size
    spool.append(key)
    listing?.isPaused = spool.isOverfull
    wake()
  }

  private func listed(_ failure: KeyListingFailure?) {
    isListed = true
    if let failure { fail(.source(failure.reason)) }
    wake()
  }

  /// How far the listing has come.
  func tell(_ progress: inout TransferProgress) {
    guard isFirst, var told = progress.sources[source.node.index] else { return }
    told.listed = listedKeys
    told.qualified = spool.count + taken
    told.qualifiedBytes = qualifiedBytes
    told.isListed = isListed
    progress.sources[source.node.index] = told
  }

  /// All items listed, those of the gateways included.
  var itemCount: Int { listing?.count ?? 0 }

  // MARK: Batches

  private var taken = 0

  /// The next batch; waits for one. nil at the end, and after a failure.
  func nextBatch() async -> KeyBlock? {
    while failure == nil {
      let limits = limits()
      if batches < limits.batches {
        let batch = takeBatch(limits)
        if !batch.isEmpty { return batch }
        if isListed, spool.isEmpty { break }
      }
      await withUnsafeContinuation { waiter = $0 }
    }
    if spool.hasFailed { fail(.source("the file with its keys could not be read")) }
    return nil
  }

  private func takeBatch(_ limits: BatchLimits) -> KeyBlock {
    guard isListed || spool.count >= limits.keys else { return KeyBlock() }
    let batch = spool.next(most: limits.keys, bytes: limits.bytes)
    taken += batch.count
    if listing?.isPaused == true { listing?.isPaused = spool.isOverfull }
    return batch
  }

  func batchBegan() { batches += 1 }

  func batchEnded() {
    batches -= 1
    wake()
  }

  /// Until the batches under way have ended.
  func drain() async {
    while batches > 0 { await withUnsafeContinuation { waiter = $0 } }
  }

  private func wake() {
    waiter?.resume()
    waiter = nil
  }

  func leaveBehind() { leftBehind += 1 }

  // MARK: Its end

  func fail(_ failure: SweepFailure) {
    if self.failure == nil { self.failure = failure }
    wake()
  }

  func close() { listing?.close() }

  // MARK: Asking first

  /// Of so many copies that were to be made or asked for, so many were there. Asking costs a round trip and the
  /// fetching of a copy that is there its bytes: what most of them turn out to be decides.
  func learn(present: Int, of count: Int) {
    if count > 0 { asksFirst = present * 2 > count }
  }
}

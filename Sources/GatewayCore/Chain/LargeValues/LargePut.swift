/// Where the bytes of a value come from that is too large to be held as a whole.
public protocol BodySource: AnyObject {
  /// Bytes in each piece but the last.
  var pieceSize: Int { get }

  /// The next piece; empty after the last. nil when the rest will not come.
  func next() async -> Bytes?
}

/// Writes of values larger than an item (rule C2).
extension Coordinator {
  /// How long chunks live that no value names yet: an upload takes no longer. What it leaves when the gateway
  /// dies goes then.
  private static let longestUpload = Duration.seconds(3600)

  /// Stores a value in chunks, and then, as any other write, the record that names them: so readers see the
  /// older value or this one, whole. `value` is without its body. nil when `body` broke off.
  public func putLarge(
    _ key: Key, _ value: NewValue, from body: any BodySource, if condition: WriteCondition = .always,
    quorum: Int? = nil
  ) async -> WriteOutcome? {
    // Known before the body comes in, so that it need not.
    if placement(of: key, where: isUp).isEmpty { return nothingWritten(.unreachable) }
    let upload = ChunkUpload(
      key, id: clock.next(at: loop.wallClock), chunkSize: body.pieceSize,
      deadline: loop.now + Self.longestUpload)
    guard await storeChunks(of: upload, from: body) else {
      remove(upload.list, at: upload.holders + upload.lost)
      return nil
    }
    if let failure = upload.failure {
      remove(upload.list, at: upload.holders + upload.lost)
      return nothingWritten(failure)
    }
    await complete(upload, value)
    let outcome = await commit(upload, value, condition, quorum ?? settings.writeQuorum)
    tidy(upload, outcome)
    return outcome
  }

  // MARK: The chunks

  /// False when `body` broke off. One chunk is on its way to the nodes while the next one comes in.
  private func storeChunks(of upload: ChunkUpload, from body: any BodySource) async -> Bool {
    var underWay: FanOut?
    while true {
      let bytes = await body.next()
      if let underWay { await settle(underWay, of: upload) }
      guard let bytes else { return false }
      if bytes.isEmpty || upload.failure != nil { return true }
      if loop.now >= upload.deadline || upload.count == ChunkList.mostChunks {
        upload.giveUp()
        return true
      }
      upload.add(bytes)
      underWay = send(upload)
    }
  }

  /// Sends the latest chunk to every link that holds all before it; at first to the placement.
  private func send(_ upload: ChunkUpload) -> FanOut {
    if upload.count == 1 {
      upload.holders = placement(of: upload.key, where: isUp)
    }
    let fanOut = FanOut(count: upload.holders.count, loop: loop)
    let deadline = chunkDeadline
    let name = upload.list.name(upload.count - 1)
    let lifetime = Lifetime(Self.longestUpload)
    let set = ChunkFormat.set(upload.latest, .set, name, upload.key, lifetime: lifetime)
    for (slot, link) in upload.holders.enumerated() {
      sendBulk(.set(name, set), to: link, of: fanOut, slot: slot, deadline: deadline)
    }
    return fanOut
  }

  /// Links that did not take the chunk are stepped over. The first chunk goes on along the chain until one
  /// link has it.
  private func settle(_ fanOut: FanOut, of upload: ChunkUpload) async {
    await fanOut.all()
    upload.take(fanOut.replies)
    guard upload.holders.isEmpty, upload.count == 1 else { return upload.judge() }
    let tried = Set(upload.lost.map(\.node))
    upload.holders = placement(of: upload.key) { isUp($0) && !tried.contains($0) }
    if upload.holders.isEmpty { return upload.judge() }
    let name = upload.list.name(0)
    let set = ChunkFormat.set(
      upload.latest, .set, name, upload.key, lifetime: Lifetime(Self.longestUpload))
    upload.take(await askBulk(upload.holders) { _ in .set(name, set) })
    upload.judge()
  }

  /// Has the links of the placement, as it is now, hold all chunks for as long as the value lives.
  private func complete(_ upload: ChunkUpload, _ value: NewValue) async {
    let list = upload.list
    let placement = placement(of: upload.key, where: isUp)
    for link in placement where !upload.holders.contains(link) {
      let lifetime = chunkLifetime(value.lifetime, on: link)
      let result = await copyChunks(
        of: list, upload.key, from: upload.holders, to: link, lifetime, renewing: true)
      if result == .whole { upload.holders.append(link) }
    }
    var complete: [Link] = []
    for link in upload.holders where await touch(list, at: link, chunkLifetime(value.lifetime, on: link)) {
      complete.append(link)
    }
    upload.lost += upload.holders.filter { !complete.contains($0) }
    upload.holders = complete
  }

  private func placement(of key: Key, where canTake: (Int) -> Bool) -> [Link] {
    var chain = chain(for: key)
    return chain.next(chain.replicas, where: canTake)
  }

  /// Chunks are there a little longer than the record that names them, so that a read at its end is finished.
  func chunkLifetime(_ lifetime: Lifetime, on link: Link) -> Lifetime {
    Self.chunkLifetime(copyLifetime(lifetime, on: link))
  }

  /// `copy`: of the record on the same link.
  static func chunkLifetime(_ copy: Lifetime) -> Lifetime {
    Lifetime(seconds: copy.seconds.map { UInt32(clamping: UInt64($0) + 30) })
  }

  /// Whether all chunks were there.
  func touch(_ list: ChunkList, at link: Link, _ lifetime: Lifetime?) async -> Bool {
    let replies = await askAbout(Array(0..<list.count), at: link) { .touch(list.name($0), lifetime) }
    return replies.allSatisfy {
      if case .success(.done) = $0 { return true }
      return false
    }
  }

  // MARK: The record

  private func commit(
    _ upload: ChunkUpload, _ value: NewValue, _ condition: WriteCondition, _ quorum: Int
  ) async -> WriteOutcome {
    if upload.holders.isEmpty { return nothingWritten(.unreachable) }
    let nodes = Set(upload.holders.map(\.node))
    return await write(
      upload.key, .chunks(value.with(upload.list.encoded), at: nodes), condition, quorum)
  }

  /// Removes chunks where no record names them. Not after a failure that leaves open whether one does: they
  /// live as long as the value would.
  private func tidy(_ upload: ChunkUpload, _ outcome: WriteOutcome) {
    switch outcome.failure {
    case nil:
      remove(
        upload.list, at: (upload.lost + upload.holders).filter { !outcome.holders.contains($0.node) })
    case .refused, .contended: remove(upload.list, at: upload.holders + upload.lost)
    default: break
    }
  }
}

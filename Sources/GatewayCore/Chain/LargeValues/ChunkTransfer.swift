/// Chunks to and from nodes.
extension Coordinator {
  /// A chunk takes longer than other commands, more so when many are on their way: as long as eight of them.
  /// A node that hangs is known to be down before; its chunks fail at once then.
  var chunkDeadline: Instant { loop.now + settings.operationTimeout * 8 }

  /// So many commands about chunks are sent at once.
  static let chunkBatch = 256

  /// Sends one command to each link, over the connections for large values.
  func askBulk(_ links: [Link], _ command: (Link) -> MetaCommand) async -> [NodeReply?] {
    let fanOut = FanOut(count: links.count, loop: loop)
    let deadline = chunkDeadline
    for (slot, link) in links.enumerated() {
      sendBulk(command(link), to: link, of: fanOut, slot: slot, deadline: deadline)
    }
    await fanOut.all()
    return fanOut.replies
  }

  /// Sends one short command about each of these chunks to a link: its replies in the order of `chunks`.
  func askAbout(_ chunks: [Int], at link: Link, _ command: (Int) -> MetaCommand) async -> [NodeReply?] {
    var replies: [NodeReply?] = []
    for start in stride(from: 0, to: chunks.count, by: Self.chunkBatch) {
      let batch = chunks[start..<min(chunks.count, start + Self.chunkBatch)]
      let fanOut = FanOut(count: batch.count, loop: loop)
      let deadline = chunkDeadline
      for (slot, chunk) in batch.enumerated() {
        sendBulk(command(chunk), to: link, of: fanOut, slot: slot, deadline: deadline)
      }
      await fanOut.all()
      replies += fanOut.replies
    }
    return replies
  }

  /// One chunk, from the first of the links that has it whole.
  func fetch(_ index: Int, of list: ChunkList, _ key: Key, from links: [Link]) async -> Bytes? {
    let name = list.name(index)
    let length = list.range(index).count
    for link in links where isUp(link.node) {
      guard case .success(.value(let value)) = await askBulk([link], { _ in .get(name) })[0] else { continue }
      if let bytes = ChunkFormat.decode(value, name, key, length: length) { return bytes }
      removeDamaged(name, at: link, cas: value.cas)
    }
    return nil
  }

  /// Then it is missing, and is brought back by the next read.
  private func removeDamaged(_ name: WireKey, at link: Link, cas: UInt64) {
    Task.immediate(executorPreference: loop) {
      _ = await askBulk([link]) { _ in .delete(name, cas: cas) }
    }
  }

  func sendBulk(
    _ command: MetaCommand, to link: Link, of fanOut: FanOut, slot: Int, deadline: Instant
  ) {
    let nodeLink = self.link(to: link.node)
    if !isUp(link.node) || !nodeLink.sendBulk(command, deadline: deadline, to: fanOut, slot: slot) {
      fanOut.receive(.failure(.unreachable), slot: slot)
    }
  }
}

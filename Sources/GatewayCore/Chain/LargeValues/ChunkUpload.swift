/// An upload in chunks, and the links that hold all of it so far.
final class ChunkUpload {
  let key: Key
  private let id: Version
  let chunkSize: Int
  let deadline: Instant
  /// Chunks so far.
  private(set) var count = 0
  private var length: UInt64 = 0
  /// The last one.
  private(set) var latest = Bytes.empty
  /// Links that hold every chunk.
  var holders: [Link] = []
  /// Links that may hold some.
  var lost: [Link] = []
  private var outOfMemory = false
  private(set) var failure: WriteOutcome.Failure?

  init(_ key: Key, id: Version, chunkSize: Int, deadline: Instant) {
    self.key = key
    self.id = id
    self.chunkSize = chunkSize
    self.deadline = deadline
  }

  var list: ChunkList { ChunkList(id: id, length: length, chunkSize: chunkSize) }

  func add(_ bytes: Bytes) {
    latest = bytes
    length += UInt64(bytes.count)
    count += 1
  }

  /// The replies of `holders` to a chunk, in their order.
  func take(_ replies: [NodeReply?]) {
    var holding: [Link] = []
    for (link, reply) in zip(holders, replies) {
      switch reply {
      case .success(.done): holding.append(link)
      case .success(.error(let error)):
        outOfMemory = outOfMemory || error.isOutOfMemory
        lost.append(link)
      default: lost.append(link)
      }
    }
    holders = holding
  }

  /// It has taken too long, or has become too long.
  func giveUp() { failure = .unreachable }

  /// Without a link that holds all chunks the upload has failed.
  func judge() {
    if holders.isEmpty { failure = outOfMemory ? .outOfMemory : .unreachable }
  }
}

/// Keeps short values of one batch one behind the other: in memory that is fetched together, and that is had from the
/// allocator once for many of them.
struct ValueBlock {
  /// A hundred values of a hundred bytes. One value that outlives the others keeps so much.
  private static let capacity = 16 * 1024

  private var storage: ByteStorage?

  /// A copy of a value that may be lent (`ReplyReceiver.borrowsShortValues`); a longer one as it is.
  mutating func keep(_ value: MetaValue) -> MetaValue {
    let count = value.bytes.count
    if count > MetaReplyParser.longestLent { return value }
    let storage = storage(withRoom: count)
    let offset = storage.count
    storage.append(value.bytes.buffer)
    return MetaValue(
      bytes: Bytes(storage, offset: offset, count: count), clientFlags: value.clientFlags,
      lifetime: value.lifetime, cas: value.cas)
  }

  private mutating func storage(withRoom count: Int) -> ByteStorage {
    if let storage, storage.room >= count { return storage }
    let fresh = ByteStorage.allocate(capacity: Self.capacity)
    storage = fresh
    return fresh
  }
}

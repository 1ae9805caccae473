/// What one link holds under a key, or that it holds nothing.
enum Holding {
  case nothing
  case copy(StoredCopy)
  /// An item that should be a record of this key and is not: never served, replaced when a copy is found.
  case damaged(cas: UInt64)
  case failed

  /// `item`: what a link has that has told only which item it has.
  init(_ reply: NodeReply?, key: Key, item: StoredCopy? = nil) {
    switch reply {
    case .success(.value(let value)): self.init(value, key: key)
    case .success(.item(_, let cas)): self = item.map { .copy(StoredCopy($0, cas: cas)) } ?? .failed
    case .success(.miss): self = .nothing
    default: self = .failed
    }
  }

  /// Not inlined: its callers would count references to the value and the key for its sake.
  @inline(never)
  init(_ value: MetaValue, key: Key) {
    if !RecordFormat.isRecord(value.clientFlags) {
      self = .copy(StoredCopy(plain: value))
    } else if let decoded = RecordDecoder.decode(value, for: key) {
      self = .copy(StoredCopy(decoded, cas: value.cas))
    } else {
      self = .damaged(cas: value.cas)
    }
  }
}

/// A whole copy of a key's value, or its tombstone.
struct StoredCopy {
  let record: Record
  /// What is left of the value's lifetime, not of this copy's.
  let lifetime: Lifetime
  let cas: UInt64
  /// The client flags of an item that another memcached client wrote (rule C12); nil for a record.
  let plainFlags: UInt32?

  init(_ decoded: RecordDecoder.Decoded, cas: UInt64) {
    record = decoded.record
    lifetime = decoded.lifetime
    self.cas = cas
    plainFlags = nil
  }

  /// The same at another link.
  init(_ copy: StoredCopy, cas: UInt64) {
    record = copy.record
    lifetime = copy.lifetime
    self.cas = cas
    plainFlags = copy.plainFlags
  }

  /// Another client's item: no metadata, version 0.
  init(plain value: MetaValue) {
    record = Record(kind: .value, version: .plain, writtenAt: 0, body: value.bytes)
    lifetime = value.lifetime
    cas = value.cas
    plainFlags = value.clientFlags
  }

  var version: Version { record.version }

  var isTombstone: Bool { record.kind == .tombstone }
}

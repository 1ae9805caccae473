/// A key under way from one node to others. An object, as it is handed from step to step and refers to much.
final class KeyCopy {
  let name: WireKey
  /// nil: its record tells.
  var key: Key?
  let size: Int
  var move: KeyMove
  /// As it was found.
  var found: MetaValue?
  /// Targets that lack it, for all that is known.
  var lacking: [Int]
  /// Targets that have something under the key.
  var present: [Int] = []

  /// What it holds, whole; nil when there is nothing to copy: it is no record of this key, or its last second has
  /// begun.
  private(set) var stored: StoredCopy?
  private(set) var lifetime = Lifetime.forever

  init?(_ item: (name: [UInt8], size: Int), _ move: (Key) -> KeyMove) {
    let stored = StoredName(item.name)
    guard let name = stored.wireKey else { return nil }
    self.name = name
    size = item.size
    if case .key(let key) = stored {
      self.key = key
      self.move = move(key)
      if self.move.isNothing { return nil }
    } else {
      self.move = .none
    }
    lacking = self.move.targets
  }

  /// False when there is nothing to be done with it.
  func take(_ value: MetaValue, _ move: (Key) -> KeyMove) -> Bool {
    if key == nil {
      guard let told = RecordDecoder.key(of: value), told.wireKey == name else { return false }
      key = told
      self.move = move(told)
      lacking = self.move.targets
    }
    guard let key, !self.move.isNothing else { return false }
    return decode(value, key)
  }

  private func decode(_ value: MetaValue, _ key: Key) -> Bool {
    if RecordFormat.isRecord(value.clientFlags) {
      guard let decoded = RecordDecoder.decode(value, for: key) else { return false }
      stored = StoredCopy(decoded, cas: value.cas)
    } else {
      guard takesPlainItem() else { return false }
      stored = StoredCopy(plain: value)
    }
    guard let stored, let lifetime = Coordinator.lifetimeOfRepair(stored.lifetime) else { return false }
    self.lifetime = lifetime
    found = value
    return true
  }

  private func takesPlainItem() -> Bool {
    guard move.leaves else { return true }
    move.leaves = move.plain == .moved
    return move.plain != .stays
  }

  /// Its value is in chunks.
  var isLarge: Bool { stored?.record.kind == .chunks }

  /// A command that stores it on a link of its natural placement. The bytes are stored as they are where they tell
  /// the same there: of every copy but one past the natural placement, whose value outlives it.
  func set(_ mode: MetaSet.Mode) -> MetaSet? {
    guard let key, let stored, let found else { return nil }
    if stored.plainFlags == nil, RecordDecoder.outlives(of: found) != 0 {
      return RecordEncoder(stored.record, for: key).set(mode, lifetime: lifetime, valueLifetime: lifetime)
    }
    return MetaSet(
      mode: mode, clientFlags: found.clientFlags, lifetime: lifetime, head: [], body: found.bytes)
  }
}

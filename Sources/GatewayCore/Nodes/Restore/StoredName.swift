/// What a name on a node stands for.
enum StoredName {
  case key(Key)
  /// Of a key that only its record tells.
  case hashed(WireKey)
  /// The gateways' own, or of no key that a gateway takes.
  case other

  init(_ name: [UInt8]) {
    if ReservedName.isReserved(name) {
      self = .other
    } else if Key.isHashedName(name) {
      self = WireKey(binary: name).map { .hashed($0) } ?? .other
    } else if let key = try? Key(name), !key.isHashed {
      self = .key(key)
    } else {
      self = .other
    }
  }

  var wireKey: WireKey? {
    switch self {
    case .key(let key): key.wireKey
    case .hashed(let name): name
    case .other: nil
    }
  }
}

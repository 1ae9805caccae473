import GatewayCore

/// A piece of an answer's body, described before the value's bytes are needed.
enum BodyPart {
  case bytes(Bytes)
  /// Of the value.
  case value(Range<Int>)

  var count: Int {
    switch self {
    case .bytes(let bytes): bytes.count
    case .value(let range): range.count
    }
  }

  /// The bytes themselves, without a copy.
  func bytes(of value: Bytes) -> Bytes {
    switch self {
    case .bytes(let bytes): bytes
    case .value(let range): value.part(range)
    }
  }
}

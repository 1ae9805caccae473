import GatewayCore

/// The bytes of a value that was found, wherever they are.
enum ValueBytes {
  case here(Bytes)
  /// In chunks on the nodes.
  case chunks(LargeValue, on: Coordinator)

  var length: Int {
    switch self {
    case .here(let bytes): bytes.count
    case .chunks(let value, _): Int(value.length)
    }
  }

  var whole: ResponseBody {
    switch self {
    case .here(let bytes): .whole(bytes)
    case .chunks: body([.value(0..<length)])
    }
  }

  func body(_ parts: [BodyPart]) -> ResponseBody {
    switch self {
    case .here(let bytes) where parts.count == 1: .whole(parts[0].bytes(of: bytes))
    case .here(let bytes): .pieces(parts.map { $0.bytes(of: bytes) })
    case .chunks(let value, let coordinator): .stream(ValueStream(value, parts, on: coordinator))
    }
  }
}

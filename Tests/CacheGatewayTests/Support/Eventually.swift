import Glibc
import Testing

/// Waits until `condition` holds. Fails when it does not within a time that only a bug takes: `attempts`, 5 ms apart.
func eventually(
  _ what: String, attempts: Int = 4000, location: SourceLocation = #_sourceLocation,
  _ condition: () throws -> Bool
) throws {
  for _ in 0..<attempts {
    if try condition() { return }
    usleep(5000)
  }
  Issue.record("waited in vain: \(what)", sourceLocation: location)
  throw SetupError("waited in vain: \(what)")
}

extension [UInt8] {
  var text: String { String(decoding: self, as: UTF8.self) }

  /// So many bytes, every value among them: in every 256 in another order, after 65,521 the same again. That is a prime
  /// number, so that blocks of a usual size which change places are noticed.
  static func pattern(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count { bytes += period.prefix(count - bytes.count) }
    return bytes
  }
}

/// Repeated rather than calculated anew: tests are built without optimisation and send many megabytes.
private let period = (0..<65_521).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }

@testable import GatewayCore

/// A body that comes in small pieces, now and then broken off.
final class SimulatedUpload: BodySource {
  let pieceSize: Int
  private var rest: Bytes
  private let breaksOffAt: Int?

  init(_ body: Bytes, in time: SimulatedTime) {
    pieceSize = 20 + time.random(below: 200)
    rest = body
    breaksOffAt = time.chance(0.05) ? time.random(below: body.count) : nil
  }

  func next() async -> Bytes? {
    if let breaksOffAt, rest.count <= breaksOffAt { return nil }
    let count = min(pieceSize, rest.count)
    defer { rest = rest.dropFirst(count) }
    return rest.part(0..<count)
  }
}

extension Coordinator {
  /// As `get`, with the body of a value in chunks put together. Unreachable: it was lost while it was read.
  func getWhole(_ key: Key, inBatch: Bool = false) async -> GetOutcome {
    let outcome = inBatch ? await getInBatch(key) : await get(key)
    guard case .hit(let found) = outcome, found.record.kind == .chunks else { return outcome }
    return await whole(found, key, .configured, atMost: .max) ?? .unreachable(silent: [])
  }
}

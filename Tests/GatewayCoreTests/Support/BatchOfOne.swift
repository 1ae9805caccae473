@testable import GatewayCore

extension Coordinator {
  /// As `get`, by way of a batch that has this read only.
  func getInBatch(_ key: Key) async -> GetOutcome {
    let receiver = BatchOfOne(key, name: links[chain(for: key).nodes[0]].node.name)
    let batch = BatchRead(count: 1, .configured, for: receiver, on: self)
    return await withUnsafeContinuation { continuation in
      receiver.continuation = continuation
      batch.begin(key, number: 0, on: self)
    }
  }
}

private final class BatchOfOne: BatchReadReceiver {
  private let key: Key
  /// Of the first link.
  private let name: String
  var continuation: UnsafeContinuation<GetOutcome, Never>?

  init(_ key: Key, name: String) {
    self.key = key
    self.name = name
  }

  func receive(_ value: ReadValue, number: Int, on coordinator: isolated Coordinator) {
    let record = Record(
      kind: .value, version: value.version, writtenAt: 0, contentType: Bytes(value.contentType),
      contentEncoding: Bytes(value.contentEncoding), body: Bytes(value.body))
    receive(
      .hit(Hit(record: record, lifetime: value.lifetime, staleness: nil, link: 1, node: name)),
      number: number,
      on: coordinator)
  }

  func receive(_ outcome: GetOutcome, number: Int, on coordinator: isolated Coordinator) {
    // The read that waits runs on the same event loop.
    nonisolated(unsafe) let outcome = outcome
    continuation.take()?.resume(returning: outcome)
  }
}

import GatewayCore

/// An answer in lines, one for each operation, sent as they are done. What the client has not read yet is kept: not
/// more than a whole answer has.
final class BatchLines: BodyStream {
  /// Unknown before the last one.
  let length: UInt64? = nil
  private var lines: [Bytes] = []
  private var isAtEnd = false
  private var isClosed = false
  private var wake: (() -> Void)?

  func append(_ line: Bytes) {
    if isClosed { return }
    lines.append(line)
    wakeReader()
  }

  func end() {
    isAtEnd = true
    wakeReader()
  }

  func read(into buffer: UnsafeMutableRawBufferPointer, wake: @escaping () -> Void) -> BodyStreamPiece {
    var count = 0
    var sent = 0
    while sent < lines.count, count < buffer.count {
      let line = lines[sent]
      let taken = min(line.count, buffer.count - count)
      withExtendedLifetime(line) {
        UnsafeMutableRawBufferPointer(rebasing: buffer[count...]).copyMemory(
          from: line.part(0..<taken).buffer)
      }
      count += taken
      if taken < line.count { lines[sent] = line.dropFirst(taken) } else { sent += 1 }
    }
    lines.removeFirst(sent)
    if count > 0 { return .bytes(count) }
    if isAtEnd { return .end }
    self.wake = wake
    return .later
  }

  func close() {
    isClosed = true
    lines = []
    wake = nil
  }

  private func wakeReader() {
    let wake = wake.take()
    wake?()
  }
}

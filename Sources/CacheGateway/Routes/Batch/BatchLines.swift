import DequeModule
import GatewayCore

/// An answer in lines, one for each operation, sent as they are done. What the client has not read yet is kept: not
/// more than a whole answer has.
final class BatchLines: BodyStream, BatchResults {
  /// Unknown before the last one.
  let length: UInt64? = nil
  private var lines: Deque<Bytes> = []
  private var isAtEnd = false
  private var isClosed = false
  private var wake: (() -> Void)?

  func add(_ index: Int, _ result: BatchResult) {
    addLine { result.append(index: index, to: &$0) }
  }

  func add(_ index: Int, _ value: ReadValue) {
    addLine { BatchResult.append(value, index: index, to: &$0) }
  }

  private func addLine(_ write: (inout JSONWriter) -> Void) {
    if isClosed { return }
    var line = JSONWriter()
    write(&line)
    line.endLine()
    lines.append(line.finish())
    wakeReader()
  }

  func end() {
    isAtEnd = true
    wakeReader()
  }

  func next(wake: @escaping () -> Void) -> BodyStreamPiece {
    if let line = lines.popFirst() { return .bytes(line) }
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

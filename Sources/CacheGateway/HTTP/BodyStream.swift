import CMicroHTTPD
import GatewayCore

/// An answer's body that is produced while it is sent.
protocol BodyStream: AnyObject {
  /// In bytes: announced in the answer's head. nil: its end shows when it is reached.
  var length: UInt64? { get }

  /// What follows. After `.later`, `wake` is called once, on the event loop, unless this is called again before.
  func next(wake: @escaping () -> Void) -> BodyStreamPiece

  /// Nothing more is asked for: the answer is out, or its connection is gone.
  func close()
}

enum BodyStreamPiece {
  /// At least one.
  case bytes(Bytes)
  case later
  /// Of a stream whose length was not known.
  case end
  /// The rest will not come: the connection must be cut, so that the client notices.
  case failed
}

/// Lets libmicrohttpd pull a stream, and suspends the connection while there is nothing.
///
/// The bytes of a stream of known length go past libmicrohttpd. Others it has between the lengths of their pieces (chunked
/// transfer coding, RFC 9112 section 7.1), so they are copied into its buffer.
final class BodyStreamReader {
  private let stream: any BodyStream
  private let exchange: Exchange
  /// nil before the first piece, and where they are copied.
  private var download: DirectDownload?
  /// What is left of a piece that is being copied.
  private var rest = Bytes.empty

  init(_ stream: any BodyStream, _ exchange: Exchange) {
    self.stream = stream
    self.exchange = exchange
  }

  /// In libmicrohttpd's terms: so many bytes, or 0 when the connection has been suspended.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    if let download, !download.isTold { return download.tell(atMost: buffer.count) }
    var count = copyRest(to: buffer)
    while count < buffer.count {
      let exchange = exchange
      switch stream.next(wake: { exchange.goOn() }) {
      case .bytes(let bytes):
        if stream.length != nil, let told = sendDirectly(bytes, atMost: buffer.count) { return told }
        rest = bytes
        count += copyRest(to: UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
      case _ where count > 0: return count
      case .end: return cmhd_stream_end
      case .failed: return cmhd_stream_failed
      case .later:
        exchange.pause()
        return 0
      }
    }
    return count
  }

  /// nil when there is no memory for it.
  private func sendDirectly(_ bytes: Bytes, atMost most: Int) -> Int? {
    if download == nil { download = DirectDownload(to: cmhd_socket(exchange.connection)) }
    guard let download else { return nil }
    return download.send(bytes) ? download.tell(atMost: most) : cmhd_stream_failed
  }

  private func copyRest(to buffer: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(rest.count, buffer.count)
    let piece = rest.part(0..<count)
    withExtendedLifetime(piece) { buffer.copyMemory(from: piece.buffer) }
    rest = count == rest.count ? .empty : rest.dropFirst(count)
    return count
  }

  func close() {
    download = nil
    stream.close()
  }
}

import CMicroHTTPD
import GatewayCore

/// An answer's body that is produced while it is sent.
protocol BodyStream: AnyObject {
  /// In bytes: announced in the answer's head. nil: its end shows when it is reached.
  var length: UInt64? { get }

  /// Copies what follows into `buffer`. `wake` is called once after `.later`, on the event loop.
  func read(into buffer: UnsafeMutableRawBufferPointer, wake: @escaping () -> Void) -> BodyStreamPiece

  /// Nothing more is read: the answer is out, or its connection is gone.
  func close()
}

enum BodyStreamPiece {
  case bytes(Int)
  case later
  /// Of a stream whose length was not known.
  case end
  /// The rest will not come: the connection must be cut, so that the client notices.
  case failed
}

/// Lets libmicrohttpd pull a stream, and suspends the connection while there is nothing.
final class BodyStreamReader {
  private let stream: any BodyStream
  private let exchange: Exchange

  init(_ stream: any BodyStream, _ exchange: Exchange) {
    self.stream = stream
    self.exchange = exchange
  }

  /// In libmicrohttpd's terms: so many bytes, or 0 when the connection has been suspended.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let exchange = exchange
    switch stream.read(into: buffer, wake: { exchange.goOn() }) {
    case .bytes(let count): return count
    case .end: return cmhd_stream_end
    case .failed: return cmhd_stream_failed
    case .later:
      exchange.pause()
      return 0
    }
  }

  func close() { stream.close() }
}

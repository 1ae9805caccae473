import CMicroHTTPD
import GatewayCore

/// An answer's body that is produced while it is sent.
protocol BodyStream: AnyObject {
  /// In bytes: announced in the answer's head. nil: its end shows when it is reached.
  var length: UInt64? { get }

  /// What follows; after the last piece the same again and again. After `.later`, `wake` is called once, on the event
  /// loop; this may be called again before.
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
  private enum Way {
    case undecided
    case past(DirectDownload)
    case copied
  }

  private let stream: any BodyStream
  private let exchange: Exchange
  /// Of all pieces.
  private var way = Way.undecided
  /// What is left of a piece that is being copied.
  private var rest = Bytes.empty

  init(_ stream: any BodyStream, _ exchange: Exchange) {
    self.stream = stream
    self.exchange = exchange
  }

  /// In libmicrohttpd's terms: so many bytes, 0 when the connection has been suspended, or why there are no more.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    if case .undecided = way { way = decide() }
    return if case .past(let download) = way {
      tell(of: download, atMost: buffer.count)
    } else {
      copy(to: buffer)
    }
  }

  /// Copied, too, when there is no memory for the other way.
  private func decide() -> Way {
    if stream.length == nil { return .copied }
    return DirectDownload.begin(to: cmhd_socket(exchange.connection)).map { .past($0) } ?? .copied
  }

  private func tell(of download: DirectDownload, atMost most: Int) -> Int {
    if download.isTold {
      switch next() {
      case .bytes(let bytes): if !download.send(bytes) { return cmhd_stream_failed }
      case let other: return handle(other)
      }
    }
    let told = download.tell(atMost: most)
    if !download.isTold { exchange.madeProgress() }
    return told
  }

  private func copy(to buffer: UnsafeMutableRawBufferPointer) -> Int {
    var count = copyRest(to: buffer)
    while count < buffer.count {
      switch next() {
      case .bytes(let bytes):
        rest = bytes
        count += copyRest(to: UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
      case let other: return count > 0 ? count : handle(other)
      }
    }
    return count
  }

  private func next() -> BodyStreamPiece {
    let exchange = exchange
    return stream.next(wake: { exchange.goOn() })
  }

  /// What is no bytes.
  private func handle(_ piece: BodyStreamPiece) -> Int {
    switch piece {
    case .end: return cmhd_stream_end
    case .later:
      exchange.pause()
      return 0
    case .failed, .bytes: return cmhd_stream_failed
    }
  }

  private func copyRest(to buffer: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(rest.count, buffer.count)
    let piece = rest.part(0..<count)
    withExtendedLifetime(piece) { buffer.copyMemory(from: piece.buffer) }
    rest = count == rest.count ? .empty : rest.dropFirst(count)
    return count
  }

  func close() {
    way = .copied
    stream.close()
  }
}

import CBodySink
import GatewayCore

/// The rest of a body that comes straight from its socket to where it is collected (`CBodySink`), while
/// libmicrohttpd hands on as many bytes of no meaning.
final class DirectBody {
  private let socket: CInt
  private let sink: UnsafeMutablePointer<body_sink>
  /// Held for as long as the sink points into it.
  private let storage: ByteStorage

  /// `count` bytes, for which `storage` has room. Begin when libmicrohttpd has handed on all that it had of the body,
  /// and on the thread that its daemon runs on. nil when there is no memory for it.
  init?(from socket: CInt, into storage: ByteStorage, count: Int) {
    guard let start = storage.spare.baseAddress, count <= storage.room else { return nil }
    self.socket = socket
    self.storage = storage
    sink = .allocate(capacity: 1)
    sink.initialize(to: body_sink(next: start.assumingMemoryBound(to: UInt8.self), rest: count, ahead: 0))
    guard body_sink_attach(socket, sink) else {
      sink.deallocate()
      return nil
    }
  }

  deinit {
    body_sink_detach(socket)
    sink.deallocate()
  }
}

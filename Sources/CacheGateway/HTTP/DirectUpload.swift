import CDirectBody
import GatewayCore

/// The next part of an upload's body, which comes straight from its socket to where it is collected (`CDirectBody`), while
/// libmicrohttpd hands on as many bytes of no meaning.
final class DirectUpload {
  /// A part so short libmicrohttpd reads with one call anyway: half of a connection's memory.
  private static let readAtOnce = 5 * 1024

  private let socket: CInt
  private let sink: UnsafeMutablePointer<body_sink>
  /// Held for as long as the sink points into it.
  private let storage: ByteStorage
  /// Bytes that libmicrohttpd has not handed on yet.
  private var left: Int

  /// At most `rest` bytes, which are to come, and as many as `storage` has room for. Begin when libmicrohttpd has
  /// handed on all that it had of the body, and on the thread that its daemon runs on. nil when it is not worth it,
  /// and when there is no memory for it.
  static func begin(from socket: CInt, into storage: ByteStorage, rest: Int) -> DirectUpload? {
    let count = min(rest, storage.room)
    // Short bodies are many: nothing is allocated for them.
    guard count > readAtOnce, let start = storage.spare.baseAddress else { return nil }
    let sink = UnsafeMutablePointer<body_sink>.allocate(capacity: 1)
    sink.initialize(to: body_sink(next: start.assumingMemoryBound(to: UInt8.self), rest: count, ahead: 0))
    guard body_sink_attach(socket, sink) else {
      sink.deallocate()
      return nil
    }
    return DirectUpload(socket, sink, into: storage, count: count)
  }

  /// The sink is attached.
  private init(
    _ socket: CInt, _ sink: UnsafeMutablePointer<body_sink>, into storage: ByteStorage, count: Int
  ) {
    self.socket = socket
    self.sink = sink
    self.storage = storage
    left = count
  }

  var isComplete: Bool { left == 0 }

  /// libmicrohttpd hands on `count` bytes: how many of them, at their beginning, are in their place already.
  func handedOn(_ count: Int) -> Int {
    let inPlace = min(count, left)
    storage.fill(inPlace)
    left -= inPlace
    return inPlace
  }

  deinit {
    body_sink_detach(socket)
    sink.deallocate()
  }
}

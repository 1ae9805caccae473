import CDirectBody
import GatewayCore

/// An answer's body that goes straight from where it is to its socket (`CDirectBody`), while libmicrohttpd hands on as
/// many bytes of no meaning. Only on the thread that its daemon runs on.
final class DirectDownload {
  private let socket: CInt
  private let source: UnsafeMutablePointer<body_source>
  /// What the source points into; let go of once it is sent.
  private var piece = Bytes.empty
  /// Bytes of the piece that libmicrohttpd has not been told of.
  private var untold = 0

  /// nil when there is no memory for it.
  init?(to socket: CInt) {
    self.socket = socket
    source = .allocate(capacity: 1)
    source.initialize(to: body_source(next: nil, rest: 0, ahead: 0))
    guard body_source_attach(socket, source) else {
      source.deallocate()
      return nil
    }
  }

  /// libmicrohttpd knows of all that there is.
  var isTold: Bool { untold == 0 }

  /// Has these bytes sent next. False when libmicrohttpd has sent what it was told of by another way than through the
  /// source: the client has got something else then.
  func send(_ next: Bytes) -> Bool {
    guard source.pointee.rest == 0, source.pointee.ahead == 0 else { return false }
    piece = next
    untold = next.count
    source.pointee.next = next.buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
    source.pointee.rest = next.count
    return true
  }

  /// How many of its bytes libmicrohttpd is to hand on now.
  func tell(atMost most: Int) -> Int {
    if source.pointee.rest == 0 { piece = .empty }
    let told = min(untold, most)
    untold -= told
    return told
  }

  deinit {
    body_source_detach(socket)
    source.deallocate()
  }
}

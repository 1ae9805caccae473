import CDirectBody
import GatewayCore

/// An answer's body that goes straight from where it is to its socket (`CDirectBody`), while libmicrohttpd hands on as
/// many bytes of no meaning. Only on the thread that its daemon runs on.
final class DirectDownload {
  private let socket: CInt
  private let feed: UnsafeMutablePointer<body_feed>
  /// What the feed points into; let go of when libmicrohttpd asks for more and it is sent.
  private var piece = Bytes.empty
  /// Bytes of the piece that libmicrohttpd has not been told of.
  private var untold = 0

  /// nil when there is no memory for it.
  static func begin(to socket: CInt) -> DirectDownload? {
    let feed = UnsafeMutablePointer<body_feed>.allocate(capacity: 1)
    feed.initialize(to: body_feed(next: nil, rest: 0, ahead: 0))
    guard body_feed_attach(socket, feed) else {
      feed.deallocate()
      return nil
    }
    return DirectDownload(socket, feed)
  }

  /// The feed is attached.
  private init(_ socket: CInt, _ feed: UnsafeMutablePointer<body_feed>) {
    self.socket = socket
    self.feed = feed
  }

  /// libmicrohttpd knows of all that there is.
  var isTold: Bool { untold == 0 }

  /// Has these bytes sent next. False when libmicrohttpd has sent what it was told of by another way than from the
  /// feed: the client has got something else then.
  func send(_ next: Bytes) -> Bool {
    guard feed.pointee.rest == 0, feed.pointee.ahead == 0 else { return false }
    piece = next
    untold = next.count
    feed.pointee.next = next.buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
    feed.pointee.rest = next.count
    return true
  }

  /// How many of its bytes libmicrohttpd is to hand on now.
  func tell(atMost most: Int) -> Int {
    if feed.pointee.rest == 0 { piece = .empty }
    let told = min(untold, most)
    untold -= told
    return told
  }

  deinit {
    body_feed_detach(socket)
    feed.deallocate()
  }
}

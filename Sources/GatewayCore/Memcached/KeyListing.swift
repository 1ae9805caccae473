/// Why a node's keys were not listed to the end.
enum KeyListingFailure: Error, Equatable {
  case unreachable(String)
  case silent
  case busy
  case refused(String)

  var reason: String {
    switch self {
    case .unreachable(let error): error
    case .silent: "it stopped listing its keys"
    case .busy: "its keys are being listed for somebody else"
    case .refused(let text): "it does not list its keys: \(text)"
    }
  }
}

/// The names of all items on a node, over a connection of its own: `lru_crawler metadump hash`. Every item that is
/// there throughout is listed.
///
/// While memcached waits for the reader it holds the lock of its crawler, which its LRU maintainer needs, and any
/// worker thread that is asked for another listing. So the reader is to be quick: `isPaused` is for emergencies.
final class KeyListing: SocketHandler, TimerTarget {
  /// Without a byte for so long, the node does not go on.
  private static let patience = Duration.seconds(10)
  private static let command = Array("lru_crawler metadump hash\r\n".utf8)

  private enum State {
    case connecting(any StreamSocket)
    case open(any StreamSocket)
    case ended
  }

  private let loop: any EventLoop
  private let take: (ListedKey) -> Void
  private let finish: (KeyListingFailure?) -> Void
  private let buffer = ByteStorage.allocate(capacity: 64 * 1024)
  private var parser = KeyListParser()
  private var state = State.ended
  private var unsent = KeyListing.command[...]
  private var timer: TimerID?
  private var hasProgress = false
  /// Keys so far.
  private(set) var count = 0

  /// Calls `take` for every item, and `finish` once at the end: nil when the list is complete.
  init(
    _ loop: any EventLoop, take: @escaping (ListedKey) -> Void,
    finish: @escaping (KeyListingFailure?) -> Void
  ) {
    self.loop = loop
    self.take = take
    self.finish = finish
  }

  func start(at address: SocketAddress) throws(SystemError) {
    state = .connecting(try loop.connect(to: address, handler: self))
    watch()
  }

  /// Whether nothing more is read for now.
  var isPaused = false {
    didSet {
      if case .open(let socket) = state, isPaused != oldValue { socket.setWantsToRead(!isPaused) }
    }
  }

  /// Ends it without a call of `finish`.
  func close() {
    if let timer { loop.cancel(timer) }
    timer = nil
    switch state {
    case .connecting(let socket), .open(let socket): socket.close()
    case .ended: break
    }
    state = .ended
  }

  private func end(_ failure: KeyListingFailure?) {
    if case .ended = state { return }
    close()
    finish(failure)
  }

  // MARK: Events

  func socketReady(_ readiness: Readiness) {
    hasProgress = true
    switch state {
    case .ended: return
    case .connecting(let socket):
      if let error = socket.connectionError() { return end(.unreachable("\(error)")) }
      state = .open(socket)
      send(socket)
    case .open(let socket):
      if readiness.contains(.writable) { send(socket) }
      if readiness.contains(.readable) { receive(socket) }
    }
  }

  private func send(_ socket: any StreamSocket) {
    guard !unsent.isEmpty else { return }
    let result = unsent.withUnsafeBytes { socket.send([$0]) }
    switch result {
    case .bytes(let count): unsent = unsent.dropFirst(count)
    case .wouldBlock: break
    case .endOfStream: return end(.unreachable("closed by the node"))
    case .failed(let error): return end(.unreachable("\(error)"))
    }
    socket.setWantsToWrite(!unsent.isEmpty)
  }

  private func receive(_ socket: any StreamSocket) {
    if case .ended = state { return }
    switch socket.receive(into: buffer.memory) {
    case .bytes(let count): parse(UnsafeRawBufferPointer(rebasing: buffer.memory[..<count]))
    case .wouldBlock: return
    case .endOfStream: end(.unreachable("closed by the node"))
    case .failed(let error): end(.unreachable("\(error)"))
    }
  }

  private func parse(_ bytes: UnsafeRawBufferPointer) {
    var ending: KeyListingFailure??
    parser.parse(bytes) { event in
      switch event {
      case .key(let key):
        count += 1
        take(key)
      case .end: ending = .some(nil)
      case .busy: ending = .busy
      case .refused(let text): ending = .refused(text)
      }
    }
    if let ending { end(ending) }
  }

  // MARK: Patience

  private func watch() {
    hasProgress = false
    timer = loop.schedule(at: loop.now + Self.patience, self)
  }

  func timerFired() {
    timer = nil
    hasProgress || isPaused ? watch() : end(.silent)
  }
}

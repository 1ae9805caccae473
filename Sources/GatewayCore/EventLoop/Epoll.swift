import CLinux
import Glibc

/// Names a descriptor's registration with a loop. Descriptor numbers are used again at once by the system;
/// the generation tells an event for the old owner, which is dropped, from one for the new.
struct Registration: Equatable {
  let key: SlotTable<any SocketHandler>.Key

  var token: UInt64 { UInt64(UInt32(bitPattern: key.slot)) << 32 | UInt64(key.generation) }

  init(key: SlotTable<any SocketHandler>.Key) {
    self.key = key
  }

  init(token: UInt64) {
    key = SlotTable.Key(
      slot: Int32(bitPattern: UInt32(token >> 32)), generation: UInt32(truncatingIfNeeded: token))
  }
}

/// One epoll instance, level-triggered, and who listens for what.
struct Epoll: ~Copyable {
  /// Events taken at a time; more wait in the kernel for the next call.
  private static let batch = 256

  private let descriptor: CInt
  private var handlers = SlotTable<any SocketHandler>()
  private let events = UnsafeMutableBufferPointer<epoll_event>.allocate(capacity: batch)

  init() throws(SystemError) {
    descriptor = try SystemCall.check("epoll_create1") { epoll_create1(CInt(EPOLL_CLOEXEC)) }
  }

  deinit {
    events.deallocate()
    Glibc.close(descriptor)
  }

  mutating func add(
    _ watched: CInt, for readiness: Readiness, _ handler: any SocketHandler
  ) throws(SystemError) -> Registration {
    let registration = Registration(key: handlers.insert(handler))
    do {
      try control(EPOLL_CTL_ADD, watched, registration, readiness)
    } catch {
      handlers.remove(registration.key)
      throw error
    }
    return registration
  }

  func modify(_ watched: CInt, _ registration: Registration, _ readiness: Readiness) {
    try? control(EPOLL_CTL_MOD, watched, registration, readiness)
  }

  mutating func remove(_ watched: CInt, _ registration: Registration) {
    guard handlers.remove(registration.key) != nil else { return }
    try? control(EPOLL_CTL_DEL, watched, registration, [])
  }

  /// Waits at most `milliseconds` (-1: without limit) and returns how many events there are.
  func wait(milliseconds: CInt) -> Int {
    let count = epoll_wait(descriptor, events.baseAddress, CInt(Self.batch), milliseconds)
    return max(0, Int(count))
  }

  /// The handler of the event at `index` of the last wait; nil when its registration has ended since.
  func event(_ index: Int) -> (handler: any SocketHandler, readiness: Readiness)? {
    let event = events[index]
    let registration = Registration(token: event.data.u64)
    guard let handler = handlers[registration.key] else { return nil }
    return (handler, Self.readiness(event.events))
  }

  private static func readiness(_ mask: UInt32) -> Readiness {
    var readiness: Readiness = []
    let broken = EPOLLERR.rawValue | EPOLLHUP.rawValue
    if mask & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue | broken) != 0 { readiness.insert(.readable) }
    if mask & (EPOLLOUT.rawValue | broken) != 0 { readiness.insert(.writable) }
    return readiness
  }

  private func control(
    _ operation: CInt, _ watched: CInt, _ registration: Registration, _ readiness: Readiness
  ) throws(SystemError) {
    var event = epoll_event()
    if readiness.contains(.readable) { event.events |= EPOLLIN.rawValue | EPOLLRDHUP.rawValue }
    if readiness.contains(.writable) { event.events |= EPOLLOUT.rawValue }
    event.data.u64 = registration.token
    _ = try SystemCall.check("epoll_ctl") { epoll_ctl(descriptor, operation, watched, &event) }
  }
}

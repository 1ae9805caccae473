import Glibc
import Synchronization

/// A thread of the operating system that runs one closure.
public struct LoopThread: @unchecked Sendable {
  private let thread: pthread_t

  /// Starts the thread. Throws when the system has no more of them.
  public init(_ body: @escaping @Sendable () -> Void) throws(SystemError) {
    let box = Unmanaged.passRetained(Body(body))
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { context in
        if let context { Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run() }
        return nil
      }, box.toOpaque())
    guard status == 0 else {
      box.release()
      throw SystemError(errno: status, call: "pthread_create")
    }
    self.thread = thread
  }

  /// Waits until it has ended.
  public func join() {
    pthread_join(thread, nil)
  }

  private final class Body: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) {
      self.run = run
    }
  }
}

import Glibc

/// A system call that failed, by its errno.
public struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
  public let errno: CInt
  public let call: StaticString

  public init(errno: CInt, call: StaticString) {
    self.errno = errno
    self.call = call
  }

  public static func == (left: SystemError, right: SystemError) -> Bool { left.errno == right.errno }

  public var description: String { "\(call): \(String(cString: strerror(errno)))" }
}

/// What a non-blocking read or write came to.
public enum IOResult: Equatable {
  case bytes(Int)
  case wouldBlock
  case endOfStream
  case failed(SystemError)
}

/// The one errno policy of the gateway: a call that was interrupted is made again, a call that would block
/// says so, a bad descriptor or address is a bug of ours and stops the process, anything else is the
/// caller's to handle.
enum SystemCall {
  static func check(_ name: StaticString, _ call: () -> CInt) throws(SystemError) -> CInt {
    while true {
      let result = call()
      if result >= 0 { return result }
      if errno != EINTR { throw failure(name) }
    }
  }

  static func transfer(_ name: StaticString, _ call: () -> Int) -> IOResult {
    while true {
      let result = call()
      if result > 0 { return .bytes(result) }
      if result == 0 { return .endOfStream }
      if errno == EINTR { continue }
      if errno == EAGAIN { return .wouldBlock }
      return .failed(failure(name))
    }
  }

  private static func failure(_ name: StaticString) -> SystemError {
    let error = SystemError(errno: errno, call: name)
    precondition(error.errno != EBADF && error.errno != EFAULT, "\(error)")
    return error
  }
}

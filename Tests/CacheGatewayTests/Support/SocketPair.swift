import Glibc
import Testing

/// Two connected stream sockets that do not wait.
final class SocketPair {
  private(set) var ends: [Int32] = [-1, -1]

  init() throws {
    try #require(
      socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0, &ends) == 0)
  }

  deinit { for end in ends { close(end) } }

  /// One end goes.
  func close(end: Int) {
    Glibc.close(ends[end])
    ends[end] = -1
  }

  private func close(_ descriptor: Int32) { if descriptor >= 0 { Glibc.close(descriptor) } }
}

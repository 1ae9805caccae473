import Glibc

/// Settings of a client's TCP connection.
enum ClientSocket {
  /// Sends the acknowledgement that is due, instead of waiting for an answer to go along with.
  static func acknowledgeNow(_ descriptor: CInt) {
    var on: CInt = 1
    setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_QUICKACK, &on, socklen_t(MemoryLayout<CInt>.size))
  }
}

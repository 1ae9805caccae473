/// Asks the system's resolver off the event loop, since it blocks.
enum Resolver {
  @concurrent
  static func resolve(_ host: String, _ port: UInt16) async throws(ResolveError) -> SocketAddress {
    try SocketAddress.resolve(host: host, port: port)
  }
}

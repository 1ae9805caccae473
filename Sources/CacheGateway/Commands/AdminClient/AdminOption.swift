import ArgumentParser
import GatewayCore

/// Which gateway is asked.
struct AdminOption: ParsableArguments {
  private static let variable = "CACHE_GATEWAY_ADMIN_LISTEN"
  private static let standard = Configuration().adminListen

  @Option(
    help: ArgumentHelp(
      "The gateway's admin listener. (default: CACHE_GATEWAY_ADMIN_LISTEN, else 127.0.0.1:8081)",
      valueName: "host:port"))
  var admin: String?

  /// Throws exit code 64 with a message when this is no address.
  func client() throws -> AdminClient {
    if let admin { return AdminClient(endpoint: try Self.endpoint(admin, "--admin")) }
    let set = Environment.values(of: [Self.variable])[Self.variable]
    return AdminClient(endpoint: try set.map { try Self.endpoint($0, Self.variable) } ?? Self.standard)
  }

  private static func endpoint(_ text: String, _ place: String) throws -> Endpoint {
    do {
      return try ValueSyntax.endpoint(text)
    } catch {
      throw ValidationError("\(place): \(error)")
    }
  }
}

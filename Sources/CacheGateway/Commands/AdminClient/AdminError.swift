import ArgumentParser
import GatewayCore
import Glibc

/// Why the admin listener did not do what it was asked for.
enum AdminError: Error, Equatable, CustomStringConvertible {
  /// Nobody answers there.
  case unavailable(Endpoint, reason: String)
  /// The gateway says why.
  case refused(String)
  /// What answers there does not answer as a gateway does.
  case misunderstood(String)

  var description: String {
    switch self {
    case .unavailable(let endpoint, let reason):
      "no gateway answers at \(endpoint): \(reason); name its admin listener with --admin"
    case .refused(let detail): detail
    case .misunderstood(let what): "this is not the answer of a gateway's admin listener: \(what)"
    }
  }

  /// Of the program.
  var exitCode: Int32 {
    if case .unavailable = self { return EX_UNAVAILABLE }
    return EXIT_FAILURE
  }

  /// Runs `body`; an error of it ends the program with a message on standard error.
  static func exiting<Result>(_ body: () throws(AdminError) -> Result) throws -> Result {
    do throws(AdminError) {
      return try body()
    } catch {
      throw StandardError.exit("\(error)", code: error.exitCode)
    }
  }
}

import Glibc

@testable import GatewayCore

extension StateDirectory {
  /// Opens one that this process has let go of. A program that another test starts at the same moment has the lock, too,
  /// with all that was open, until it runs.
  static func reopened(_ path: String) throws -> StateDirectory {
    for _ in 0..<400 {
      if let directory = try? StateDirectory(configured: path, environment: [:]) { return directory }
      usleep(5000)
    }
    return try StateDirectory(configured: path, environment: [:])
  }
}

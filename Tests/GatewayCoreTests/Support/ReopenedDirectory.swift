import Glibc

@testable import GatewayCore

/// State directories that this process has let go of. A program that another test starts at the same moment has the lock,
/// too, with all that was open, until it runs: some milliseconds.
extension StateDirectory {
  /// Whether `condition` holds soon.
  static func eventually(_ condition: () throws -> Bool) -> Bool {
    for _ in 0..<400 {
      if (try? condition()) == true { return true }
      usleep(5000)
    }
    return false
  }

  static func reopened(_ path: String) throws -> StateDirectory {
    var directory: StateDirectory?
    _ = eventually {
      directory = try StateDirectory(configured: path, environment: [:])
      return true
    }
    return try directory ?? StateDirectory(configured: path, environment: [:])
  }
}

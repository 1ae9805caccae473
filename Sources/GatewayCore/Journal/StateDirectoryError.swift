import Glibc

/// A state directory that cannot be used. Says which, why, and what to do.
public struct StateDirectoryError: Error, Equatable, Sendable, CustomStringConvertible {
  enum Reason: Equatable {
    /// By another gateway that runs.
    case inUse
    /// The numbered folders in it, all of them.
    case allInUse
    /// By their rights, others could write in it.
    case notOurs
    case failed(SystemError)
  }

  public let path: String
  let reason: Reason

  public var description: String {
    switch reason {
    case .inUse:
      "the state directory \(path) is in use by another gateway: give each one of its own with "
        + "--state-directory"
    case .allInUse:
      "all \(DefaultStateDirectory.most) state directories in \(path) are in use by other gateways: name "
        + "another with --state-directory"
    case .notOurs:
      "the state directory \(path) is not a directory that only the user \(geteuid()) can write in: name "
        + "another with --state-directory"
    case .failed(let error):
      "the state directory \(path) cannot be used: \(error). Let the user \(geteuid()) write in it, or name "
        + "another with --state-directory"
    }
  }
}

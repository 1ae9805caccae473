/// What a connection tells its node's health.
public protocol NodeConnectionObserver: AnyObject {
  func connectionOpened(localPort: UInt16)
  /// A connection that was opened is no more, on this side at least.
  func connectionClosed(localPort: UInt16)
  func connectionFailed(_ failure: ConnectionFailure)
  /// `inARow` commands have timed out since the last reply.
  func commandTimedOut(inARow: Int)
  /// Everything that was in flight at `abandon` has been answered.
  func connectionDrained()
}

public enum ConnectionFailure: Error, Equatable, Sendable, CustomStringConvertible {
  /// The node could not be connected to.
  case refused(SystemError)
  case connectTimedOut
  /// A connection that stood was closed or broke.
  case lost(SystemError?)
  /// The node sent what is not a reply.
  case violation(ProtocolViolation)
  /// The node did not understand us.
  case misunderstood(String)

  public var description: String {
    switch self {
    case .refused(let error): "\(error)"
    case .connectTimedOut: "connect: timed out"
    case .lost(let error): error.map { "\($0)" } ?? "closed by the node"
    case .violation(let violation): "\(violation)"
    case .misunderstood(let text): "the node answered '\(text)'"
    }
  }
}

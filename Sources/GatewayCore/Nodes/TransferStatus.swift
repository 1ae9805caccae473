/// How far keys have been copied to a node that came back empty, or to their new places after a change of the
/// pool (rule C11), at one moment. What is yet to go is an estimate: nodes tell how much they hold, but not for
/// how many of these keys another node is the place.
public struct TransferStatus: Equatable, Sendable {
  public enum State: String, Sendable {
    /// Another gateway does it, or another transfer of this gateway comes first.
    case waiting
    case running
    /// A node that has keys does not answer: it goes on when it does.
    case interrupted
    case done
  }

  public var state: State
  /// The node whose keys are being copied.
  public var source: String?
  public var keysDone = 0
  public var keysToGo = 0
  public var bytesDone = 0
  public var bytesToGo = 0
  /// Over the last seconds.
  public var bytesPerSecond = 0
  /// nil while it cannot be told.
  public var timeLeft: Duration?
  /// Since it began, or how long it took.
  public var timeTaken = Duration.zero
  /// Why it waits or is interrupted.
  public var reason: String?

  public init(state: State) {
    self.state = state
  }
}

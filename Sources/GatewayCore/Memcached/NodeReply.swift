/// Why a node gave no reply to a command.
public enum NodeFailure: Error, Equatable, Sendable {
  /// No connection could be made.
  case unreachable
  /// The connection broke with the command in flight: it may or may not have been carried out.
  case connectionLost
  /// No reply within the operation timeout: it may yet be carried out.
  case timedOut
  /// Too much is queued for this node already; nothing was sent.
  case overloaded
}

public typealias NodeReply = Result<MetaReply, NodeFailure>

/// Hears the reply to a command; `slot` is what it gave along with it. Called exactly once for a command,
/// never from within `send`.
public protocol ReplyReceiver: AnyObject {
  /// Values of up to `MetaReplyParser.longestLent` bytes may be the connection's, to be copied while they are received.
  var borrowsShortValues: Bool { get }

  func receive(_ reply: NodeReply, slot: Int)
}

extension ReplyReceiver {
  public var borrowsShortValues: Bool { false }
}

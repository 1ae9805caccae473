/// A node's reply to a meta command.
public enum MetaReply {
  /// HD: stored, deleted. OK: flushed.
  case done
  /// HD with the CAS number of what was stored.
  case stored(cas: UInt64)
  /// VA.
  case value(MetaValue)
  /// HD to `mg` without the value: what the item is, as far as the flags tell.
  case item(clientFlags: UInt32, cas: UInt64)
  /// EN: `mg` found nothing.
  case miss
  /// NS: `ms` in add mode found something.
  case notStored
  /// EX: the item has changed since.
  case exists
  /// NF: there is no such item.
  case notFound
  /// MN.
  case noop
  /// STAT lines up to END.
  case statistics([String: String])
  /// SERVER_ERROR, CLIENT_ERROR or ERROR.
  case error(MetaError)

  /// Errors come without the opaque of their command.
  var isError: Bool {
    if case .error = self { return true }
    return false
  }
}

public struct MetaValue {
  public let bytes: Bytes
  public let clientFlags: UInt32
  /// What is left of it at the node's clock.
  public let lifetime: Lifetime
  /// Means something to the node it came from only.
  public let cas: UInt64
}

/// An error that the node itself reports (protocol.txt, "Error strings").
public enum MetaError: Equatable, Sendable {
  /// SERVER_ERROR: the node could not carry out this command; the connection is in order.
  case server(String)
  /// CLIENT_ERROR or ERROR: the node did not understand us, so where its next reply begins is unsure.
  case client(String)

  /// memcached 1.6.18 has a text for items of one slab page, and one for larger ones.
  public var isOutOfMemory: Bool {
    self == .server("out of memory storing object") || self == .server("Out of memory during read")
  }

  public var isTooLarge: Bool { self == .server("object too large for cache") }
}

/// Bytes that are no reply. Where the next reply begins is unknown: the connection must be dropped.
public struct ProtocolViolation: Error, Equatable, Sendable, CustomStringConvertible {
  public let description: String
}

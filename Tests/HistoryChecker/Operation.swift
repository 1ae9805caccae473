import GatewayCore

/// What a client did and saw.
public struct Operation: Equatable, Sendable {
  public enum Kind: Hashable, Sendable {
    case get
    /// The number of the value; no two writes of a history have the same.
    case put(Int)
    /// With `If-None-Match: *`.
    case putIfAbsent(Int)
    /// With `If-Match`.
    case replace(Int, expected: Version)
    case delete
  }

  public enum Outcome: Hashable, Sendable {
    /// A value's number; nil for a body that is no whole value of the key.
    case found(Int?)
    case missing
    /// Acknowledged.
    case done
    /// The condition did not hold (412): certainly not in effect, now or later.
    case refused
    /// May have taken effect, or may yet: a timeout, a reset, an answer of 5xx.
    case unknown
  }

  public let client: Int
  public let gateway: Int
  public let key: Int
  public let kind: Kind
  public let start: Instant
  public var end: Instant
  public var outcome: Outcome
  /// The version read, or made by a write.
  public var version: Version?

  public init(
    client: Int, gateway: Int = 0, key: Int, kind: Kind, start: Instant, end: Instant, outcome: Outcome,
    version: Version? = nil
  ) {
    self.client = client
    self.gateway = gateway
    self.key = key
    self.kind = kind
    self.start = start
    self.end = end
    self.outcome = outcome
    self.version = version
  }
}

extension Operation {
  var isWrite: Bool { kind != .get }

  var isAcknowledgedWrite: Bool { isWrite && outcome == .done }

  /// The number of the value it writes.
  var written: Int? {
    switch kind {
    case .put(let number), .putIfAbsent(let number), .replace(let number, _): number
    case .get, .delete: nil
    }
  }

  /// The version it replaced for certain.
  var replaced: Version? {
    if case .replace(_, let expected) = kind, outcome == .done { return expected }
    return nil
  }

  /// The version as its client knows it from the answer.
  var answeredVersion: Version? {
    switch outcome {
    case .found, .done: version
    case .missing, .refused, .unknown: nil
    }
  }
}

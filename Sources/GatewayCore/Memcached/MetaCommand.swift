/// How long an item lives, as memcached counts it: in seconds from now, `forever` without limit.
public struct Lifetime: Hashable, Sendable, Comparable {
  /// nil: no limit.
  public let seconds: UInt32?

  public static let forever = Lifetime(seconds: nil)

  public init(seconds: UInt32?) {
    self.seconds = seconds
  }

  public init(_ duration: Duration) {
    seconds = UInt32(clamping: max(1, duration.inSeconds))
  }

  public static func < (left: Lifetime, right: Lifetime) -> Bool {
    guard let a = left.seconds else { return false }
    guard let b = right.seconds else { return true }
    return a < b
  }
}

/// A command in memcached's meta protocol (protocol.txt, "Meta Commands"; memcached 1.6.18).
public enum MetaCommand {
  /// `mg`: the value with its client flags, remaining lifetime and CAS number.
  case get(WireKey)
  /// `mg` without the value: client flags and CAS number.
  case peek(WireKey)
  /// As `get`, without a trace: neither the item's place in the LRU nor the time of its last access change.
  case getUnnoticed(WireKey)
  /// As `peek`, without a trace.
  case peekUnnoticed(WireKey)
  /// `mg` without anything: HD when it is there; with a lifetime, it has that from now.
  case touch(WireKey, Lifetime?)
  /// `ms`.
  case set(WireKey, MetaSet)
  /// `md`; with a CAS number only that very item: EX when it has changed.
  case delete(WireKey, cas: UInt64? = nil)
  /// `mn`: answered with MN, in turn with everything else.
  case noop
  /// `stats` with a group: "settings" for example, or "" for the general ones.
  case statistics(String)
  /// `flush_all`: the node forgets everything.
  case flushAll

  /// Whether the reply brings back what was sent along to tell it by.
  var hasOpaque: Bool {
    switch self {
    case .get, .peek, .getUnnoticed, .peekUnnoticed, .touch, .set, .delete: true
    case .noop, .statistics, .flushAll: false
    }
  }
}

public struct MetaSet {
  public enum Mode: Equatable {
    case set
    /// Stores only where nothing is: NS otherwise.
    case add
    /// Stores only over the item with this CAS number: EX when it has changed, NF when it has gone.
    case compareAndSwap(UInt64)
  }

  public private(set) var mode: Mode
  public let clientFlags: UInt32
  public let lifetime: Lifetime
  /// The value is `head` followed by `body`.
  public let head: [UInt8]
  public let body: Bytes
  /// Whether the reply is to bring the CAS number of what was stored.
  public let wantsNumber: Bool

  public init(
    mode: Mode, clientFlags: UInt32, lifetime: Lifetime, head: [UInt8], body: Bytes, wantsNumber: Bool = false
  ) {
    self.wantsNumber = wantsNumber
    self.mode = mode
    self.clientFlags = clientFlags
    self.lifetime = lifetime
    self.head = head
    self.body = body
  }

  /// The same in another mode.
  func with(_ mode: Mode) -> MetaSet {
    var set = self
    set.mode = mode
    return set
  }
}

extension OutputQueue {
  /// Lifetimes above 30 days are points in time to memcached.
  private static let longestRelativeLifetime: UInt32 = 30 * 24 * 3600

  /// Of `ms` without the key: 18 bytes of names and spaces, and five numbers of 20 digits at most.
  private static let longestSetLine = 128

  /// Appends the command's bytes. `opaque` comes back with the reply, so that a reply which belongs to
  /// another command is noticed; `mn` and `stats` have none.
  public mutating func append(
    _ command: MetaCommand, opaque: UInt32, wallClock: @autoclosure () -> WallTime
  ) {
    switch command {
    case .get(let key): appendGet(key, opaque: opaque)
    case .set(let key, let set): appendSet(key, set, opaque: opaque, wallClock: wallClock())
    case .peek(let key): appendPeek(key, opaque: opaque)
    case .getUnnoticed(let key): appendGet(key, " v f t c u O", opaque)
    case .peekUnnoticed(let key): appendGet(key, " f c u O", opaque)
    case .touch(let key, let lifetime):
      append("mg ")
      append(key.bytes)
      if let lifetime {
        append(" T")
        append(decimal: Self.expirationTime(lifetime, wallClock()))
      }
      append(key.isBase64 ? " b O" : " O")
      endLine(opaque)
    case .delete(let key, let cas):
      append("md ")
      append(key.bytes)
      if let cas {
        append(" C")
        append(decimal: cas)
      }
      append(key.isBase64 ? " b O" : " O")
      endLine(opaque)
    case .noop:
      append("mn\r\n")
    case .flushAll:
      append("flush_all\r\n")
    case .statistics(let group):
      append("stats")
      append(Array((group.isEmpty ? "" : " " + group).utf8))
      append("\r\n")
    }
  }

  mutating func appendGet(_ key: WireKey, opaque: UInt32) { appendGet(key, " v f t c O", opaque) }

  mutating func appendPeek(_ key: WireKey, opaque: UInt32) { appendGet(key, " f c O", opaque) }

  /// `flags`: of at most 16 bytes.
  @inline(__always)
  private mutating func appendGet(_ key: WireKey, _ flags: StaticString, _ opaque: UInt32) {
    withRoom(atMost: key.bytes.count + 40) { line in
      line.append("mg ")
      line.append(key.bytes)
      if key.isBase64 { line.append(" b") }
      line.append(flags)
      line.append(decimal: UInt64(opaque))
      line.append("\r\n")
    }
  }

  /// The clock is read for long lifetimes only.
  mutating func appendSet(
    _ key: WireKey, _ set: MetaSet, opaque: UInt32, wallClock: @autoclosure () -> WallTime
  ) {
    withRoom(atMost: key.bytes.count + Self.longestSetLine) { line in
      line.append("ms ")
      line.append(key.bytes)
      line.append(" ")
      line.append(decimal: UInt64(set.head.count + set.body.count))
      line.append(" T")
      line.append(decimal: Self.expirationTime(set.lifetime, wallClock()))
      line.append(" F")
      line.append(decimal: UInt64(set.clientFlags))
      switch set.mode {
      case .set: break
      case .add: line.append(" ME")
      case .compareAndSwap(let number):
        line.append(" C")
        line.append(decimal: number)
      }
      if set.wantsNumber { line.append(" c") }
      line.append(key.isBase64 ? " b O" : " O")
      line.append(decimal: UInt64(opaque))
      line.append("\r\n")
    }
    append(set.head)
    append(set.body)
    append("\r\n")
  }

  private mutating func endLine(_ opaque: UInt32) {
    append(decimal: UInt64(opaque))
    append("\r\n")
  }

  /// memcached's `exptime`: 0 for ever, else seconds, or a point in time past 30 days.
  static func expirationTime(_ lifetime: Lifetime, _ wallClock: @autoclosure () -> WallTime) -> UInt64 {
    guard let seconds = lifetime.seconds else { return 0 }
    if seconds <= longestRelativeLifetime { return UInt64(seconds) }
    // Past 2^31 the node would take the time for one that is over.
    return min(wallClock().seconds + UInt64(seconds), UInt64(Int32.max))
  }
}

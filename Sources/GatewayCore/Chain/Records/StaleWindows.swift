/// For how many seconds a value may be served once its freshness is over (RFC 5861); 0: not at all. Both
/// windows begin when the freshness ends.
public struct StaleWindows: Equatable, Sendable {
  /// To everybody, while one client fetches a newer one (section 3).
  public let whileRevalidate: UInt32
  /// To clients that cannot get a newer one (section 4).
  public let ifError: UInt32

  public static let none = StaleWindows(whileRevalidate: 0, ifError: 0)

  public init(whileRevalidate: UInt32, ifError: UInt32) {
    self.whileRevalidate = whileRevalidate
    self.ifError = ifError
  }

  var isNone: Bool { whileRevalidate == 0 && ifError == 0 }

  /// For how long a value is kept after its freshness.
  var longest: UInt32 { max(whileRevalidate, ifError) }

  /// What is left of them after `seconds`.
  func after(_ seconds: UInt32) -> StaleWindows {
    StaleWindows(
      whileRevalidate: whileRevalidate - min(seconds, whileRevalidate),
      ifError: ifError - min(seconds, ifError))
  }
}

extension Lifetime {
  /// How long a value is kept that is fresh for this long.
  func adding(_ windows: StaleWindows) -> Lifetime {
    Lifetime(seconds: seconds.map { UInt32(clamping: UInt64($0) + UInt64(windows.longest)) })
  }
}

/// How stale a value is.
public struct Staleness: Equatable, Sendable {
  /// For how many seconds it has been stale.
  public let seconds: UInt32
  /// What is left of the windows.
  public let windows: StaleWindows
}

extension StoredCopy {
  /// What is left of the value's freshness, in whole seconds; none when it is stale. Nodes count down what is
  /// left of the freshness and the longer window together, so no two clocks need agree.
  var freshness: (lifetime: Lifetime, staleness: Staleness?) {
    let windows = record.windows
    guard !windows.isNone, let left = lifetime.seconds else { return (lifetime, nil) }
    let longest = windows.longest
    if left > longest { return (Lifetime(seconds: left - longest), nil) }
    let seconds = longest - left
    return (Lifetime(seconds: 0), Staleness(seconds: seconds, windows: windows.after(seconds)))
  }

  /// So stale that at most clients whose origin failed get it: to all others it is not there.
  var isLapsed: Bool { freshness.staleness.map { $0.windows.whileRevalidate == 0 } ?? false }
}

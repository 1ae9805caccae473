/// Whether the keys that are written, and of which nothing is known, have mostly been there: a saturating counter, as
/// processors foresee branches with (Smith 1981).
///
/// A write that adds takes one round trip where nothing is there, and three where something is: it is refused, asks what
/// is there, and replaces that. One that asks first takes two, whatever is there.
struct UnknownKeys {
  /// So few that it follows when a client that fills a cache begins to renew it, or the other way round.
  private static let most = 8

  /// Above 0: most were there. As a cache begins empty, none is expected to be there at first.
  private var balance = -most

  var areThere: Bool { balance > 0 }

  mutating func note(isThere: Bool) {
    balance = isThere ? min(balance + 1, Self.most) : max(balance - 1, -Self.most)
  }
}

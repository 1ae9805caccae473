/// What keeps old values from coming back. Always all of them, except in the tests that show that the history
/// checker catches what each one is for.
struct Protections: OptionSet, Sendable {
  let rawValue: Int

  /// A returning node waits for commands from before its outage (rule C10).
  static let returnBarrier = Protections(rawValue: 1)
  /// Missed writes are noted and applied (rule C8).
  static let journal = Protections(rawValue: 2)
  /// A DELETE leaves a tombstone (rule C6).
  static let tombstones = Protections(rawValue: 4)
  /// Writes and repairs replace only what they have seen (rules C5 and C7).
  static let compareAndSwap = Protections(rawValue: 8)

  /// After a change of the pool, keys are read from and written to their former places, too (rule C11).
  static let formerPlaces = Protections(rawValue: 16)

  static let all: Protections = [.returnBarrier, .journal, .tombstones, .compareAndSwap, .formerPlaces]
}

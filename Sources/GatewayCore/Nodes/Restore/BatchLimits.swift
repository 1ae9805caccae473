/// How many keys are under way at a time, and how many of them go together.
struct BatchLimits {
  let batches: Int
  /// In a batch, which ends with the first of these limits.
  let keys: Int
  let bytes: Int

  /// Some are read while others are written, and nobody waits for them.
  static let full = BatchLimits(batches: 8, keys: 256, bytes: 256 * 1024)

  /// A node carries out one batch in a tenth of a millisecond: longer no client's command waits for it. A second one is
  /// written meanwhile.
  static let gentle = BatchLimits(batches: 2, keys: 32, bytes: 32 * 1024)
}

/// Where one node's journal is kept. Calls never overlap: the caller holds a lock.
protocol JournalStorage: Sendable {
  /// Appends whole records; survives the end of the process at once, but not a loss of power. All of them
  /// stand, or it throws and none does.
  func append(_ bytes: [UInt8]) throws(SystemError)

  /// Replaces the whole content, header included: after a crash the old one stands or the new one.
  func replace(with bytes: [UInt8]) throws(SystemError)
}

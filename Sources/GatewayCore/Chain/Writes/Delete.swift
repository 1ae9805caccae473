/// Deletes (rule C6).
extension Coordinator {
  /// Leaves a tombstone on the placement and removes the key from the rest of the reach. The tombstone is a
  /// definite "not there": a copy of an older version that turns up later does not bring the key back.
  public func delete(
    _ key: Key, if condition: WriteCondition = .always, quorum: Int? = nil
  ) async -> WriteOutcome {
    await write(key, contentOfDelete, condition, quorum ?? settings.writeQuorum)
  }

  /// The same without a condition, and without a task where that is possible. `receiver` may hear of the outcome at
  /// once.
  public func delete(_ key: Key, quorum: Int?, for receiver: any WriteReceiver) {
    write(key, contentOfDelete, quorum ?? settings.writeQuorum, for: receiver)
  }

  private var contentOfDelete: WriteContent {
    let leavesTombstone = settings.valueFormat == .record && settings.protections.contains(.tombstones)
    return leavesTombstone ? .tombstone(Lifetime(settings.tombstoneLifetime)) : .removal
  }
}

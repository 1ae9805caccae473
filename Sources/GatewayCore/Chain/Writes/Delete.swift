/// Deletes (rule C6).
extension Coordinator {
  /// Leaves a tombstone on the placement and removes the key from the rest of the reach. The tombstone is a
  /// definite "not there": a copy of an older version that turns up later does not bring the key back.
  public func delete(
    _ key: Key, if condition: WriteCondition = .always, quorum: Int? = nil
  ) async -> WriteOutcome {
    let leavesTombstone = settings.valueFormat == .record && settings.protections.contains(.tombstones)
    let content =
      leavesTombstone ? WriteContent.tombstone(Lifetime(settings.tombstoneLifetime)) : .removal
    return await write(key, content, condition, quorum ?? settings.writeQuorum)
  }
}

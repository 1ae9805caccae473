/// Deletes (rule C6).
extension Coordinator {
  /// Leaves a tombstone on the placement and removes the key from the rest of the reach. The tombstone is a
  /// definite "not there": a copy of an older version that turns up later does not bring the key back.
  public func delete(_ key: Key) async -> WriteOutcome {
    let version = clock.next(at: loop.wallClock)
    if settings.valueFormat == .raw { return await write(key, version) { _ in .delete(key.wireKey) } }
    let tombstone = Record.tombstone(version, writtenAt: writtenAt)
    return await write(tombstone, Lifetime(settings.tombstoneLifetime), key)
  }
}

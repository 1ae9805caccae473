import Glibc

/// Journals that could not be read are kept beside their successors, for somebody to look at.
enum DamagedJournals {
  /// For each node. After that the one set aside first is overwritten.
  static let most = 9

  /// Gives the file, or whatever is at the path, the name `<path>.damaged-<n>`, which is returned. A file stays
  /// at its path as well, so that at no moment there is nothing: a new one is to replace it.
  static func setAside(_ path: String) throws(SystemError) -> String {
    let target = target(path)
    // Where all are taken; a folder is not worth more trouble.
    if unlink(target) != 0, errno != ENOENT { rmdir(target) }
    if link(path, target) != 0 {
      _ = try SystemCall.check("rename") { rename(path, target) }
    }
    return target
  }

  /// The first that is free, else the oldest.
  private static func target(_ path: String) -> String {
    let names = (1...most).map { "\(path).damaged-\($0)" }
    let ages = names.map(changedAt)
    if let free = ages.firstIndex(of: nil) { return names[free] }
    let oldest = ages.indices.min { left, right in (ages[left] ?? 0) < (ages[right] ?? 0) }
    return names[oldest ?? 0]
  }

  /// Nanoseconds since 1970; nil when there is no such file.
  private static func changedAt(_ path: String) -> Int? {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    return status.st_ctim.tv_sec &* 1_000_000_000 &+ status.st_ctim.tv_nsec
  }
}

/// The memory that request bodies may take on one worker. A request that does not fit is answered 503, so
/// that a crowd of uploads cannot exhaust the machine.
final class UploadBudget {
  /// 256 MiB for each worker: two hundred bodies of memcached's default item limit, with room.
  static let standard = 256 << 20

  private var available: Int

  init(bytes: Int) {
    available = bytes
  }

  func take(_ bytes: Int) -> Bool {
    guard bytes <= available else { return false }
    available -= bytes
    return true
  }

  func giveBack(_ bytes: Int) {
    available += bytes
  }
}

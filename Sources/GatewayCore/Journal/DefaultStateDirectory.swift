import Glibc

/// Where a gateway that was told no state directory finds one. Several gateways of a user may run on one
/// machine, so each takes one of the numbered folders in it.
struct DefaultStateDirectory {
  /// Gateways of one user on one machine.
  static let most = 64

  /// $XDG_STATE_HOME/cache-gateway, else $HOME/.local/state/cache-gateway, else /tmp/cache-gateway-<uid>.
  /// (XDG Base Directory Specification: paths that are not absolute count as not set. So does a home that does
  /// not exist, as users of services have one.)
  let path: String
  /// In a folder where everybody can write.
  let isShared: Bool

  init(_ environment: [String: String]) {
    if let state = Self.absolute(environment["XDG_STATE_HOME"]) {
      (path, isShared) = (state + "/cache-gateway", false)
    } else if let home = Self.absolute(environment["HOME"]), access(home, F_OK) == 0 {
      (path, isShared) = (home + "/.local/state/cache-gateway", false)
    } else {
      (path, isShared) = ("/tmp/cache-gateway-\(geteuid())", true)
    }
  }

  /// The first of the folders 1 to `most` that `take` does not find in use, and what it gives.
  func takeFirstFree<Taken>(
    _ take: (String) throws(StateDirectoryError) -> Taken
  ) throws(StateDirectoryError) -> (path: String, taken: Taken) {
    try prepare()
    for number in 1...Self.most {
      let folder = "\(path)/\(number)"
      do throws(StateDirectoryError) {
        return (folder, try take(folder))
      } catch {
        if error.reason != .inUse { throw error }
      }
    }
    throw StateDirectoryError(path: path, reason: .allInUse)
  }

  private func prepare() throws(StateDirectoryError) {
    do {
      try Folders.create(path)
    } catch {
      throw StateDirectoryError(path: path, reason: .failed(error))
    }
    // Somebody else may have put it there, to read what the gateway writes or to change it.
    if isShared, !Folders.isOurs(path) { throw StateDirectoryError(path: path, reason: .notOurs) }
  }

  private static func absolute(_ path: String?) -> String? {
    guard let path, path.hasPrefix("/") else { return nil }
    return path
  }
}

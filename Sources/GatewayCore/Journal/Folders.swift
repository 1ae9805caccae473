import Glibc

enum Folders {
  /// Creates the folder and those above it where they are missing, for nobody but the user (mode 0700).
  static func create(_ path: String) throws(SystemError) {
    do {
      try make(path)
    } catch {
      guard error.errno == ENOENT, let parent = parent(path) else { throw error }
      try create(parent)
      try make(path)
    }
  }

  /// Whether it is a folder, no link to one, that belongs to the user, who alone can write in it.
  static func isOurs(_ path: String) -> Bool {
    var status = stat()
    guard lstat(path, &status) == 0 else { return false }
    return status.st_mode & S_IFMT == S_IFDIR && status.st_uid == geteuid() && status.st_mode & 0o022 == 0
  }

  private static func make(_ path: String) throws(SystemError) {
    do {
      _ = try SystemCall.check("mkdir") { mkdir(path, 0o700) }
    } catch {
      // Whether it is a folder shows when it is used.
      if error.errno != EEXIST { throw error }
    }
  }

  /// nil when there is none above it in the text.
  private static func parent(_ path: String) -> String? {
    guard let slash = path.lastIndex(of: "/") else { return nil }
    let parent = path[..<slash]
    return parent.isEmpty ? nil : String(parent)
  }
}

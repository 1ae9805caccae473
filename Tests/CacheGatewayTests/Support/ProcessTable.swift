import Glibc

/// What the system knows of processes (proc(5)).
enum ProcessTable {
  static func children(of parent: pid_t) -> Set<pid_t> {
    var children: Set<pid_t> = []
    guard let directory = opendir("/proc") else { return [] }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { $0.prefix { $0 != 0 }.map(\.self).text }
      if let id = pid_t(name), self.parent(of: id) == parent { children.insert(id) }
    }
    return children
  }

  static func openFiles(of id: pid_t) -> Int {
    guard let directory = opendir("/proc/\(id)/fd") else { return 0 }
    defer { closedir(directory) }
    var count = 0
    // Without `.` and `..`.
    while readdir(directory) != nil { count += 1 }
    return count - 2
  }

  /// The fourth field of `stat`; the second one, the name, is in parentheses and may hold anything.
  private static func parent(of id: pid_t) -> pid_t? {
    let descriptor = open("/proc/\(id)/stat", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1024)
    let count = read(descriptor, &bytes, bytes.count)
    let text = bytes.prefix(max(0, count))
    guard let end = text.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = Array(text[(end + 1)...]).text.split(separator: " ")
    return fields.count > 1 ? pid_t(fields[1]) : nil
  }
}

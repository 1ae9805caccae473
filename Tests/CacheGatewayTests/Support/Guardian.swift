import Glibc

/// Kills what the tests leave behind when they crash: a shell that knows the processes, and notices by the
/// end of its input that the tests have ended.
final class Guardian: Sendable {
  static let shared = Guardian()

  private static let script = """
    while read -r sign id; do
      rest=
      for known in $ids; do [ "$known" = "$id" ] || rest="$rest $known"; done
      ids=$rest
      [ "$sign" = - ] || ids="$ids $id"
    done
    [ -z "$ids" ] || kill -9 $ids
    """

  private let input: Int32

  private init() {
    var ends: [Int32] = [-1, -1]
    pipe(&ends)
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    input = ends[1]
    start(reading: ends[0])
    close(ends[0])
  }

  func watch(_ id: pid_t) { write("+ \(id)\n") }

  /// To be called before the process is reaped: after that, its number may be somebody else's.
  func forget(_ id: pid_t) { write("- \(id)\n") }

  /// Short enough to be written at once.
  private func write(_ line: String) {
    let bytes = Array(line.utf8)
    _ = Glibc.write(input, bytes, bytes.count)
  }

  private func start(reading end: Int32) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, end, 0)
    let words: [String] = ["/bin/sh", "-c", Self.script]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
    arguments.append(nil)
    defer { for argument in arguments { free(argument) } }
    var environment: [UnsafeMutablePointer<CChar>?] = [nil]
    var id: pid_t = 0
    posix_spawn(&id, "/bin/sh", &actions, nil, &arguments, &environment)
  }
}

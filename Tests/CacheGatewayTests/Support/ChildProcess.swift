import Glibc
import Testing

/// A process of a test's own. Killed when nobody refers to it any more, and when the tests crash.
final class ChildProcess {
  enum End: Equatable {
    case exited(Int32)
    case killed(Int32)
  }

  let id: pid_t
  private let standardOutput: OutputFile
  private let standardError: OutputFile
  private(set) var end: End?

  init(_ executable: String, _ arguments: [String], environment: [String: String] = [:]) throws {
    standardOutput = try OutputFile()
    standardError = try OutputFile()
    id = try Self.spawn(
      executable, arguments, environment, output: standardOutput.descriptor, error: standardError.descriptor)
    Guardian.shared.watch(id)
  }

  deinit { kill() }

  /// Everything written so far.
  var output: String { standardOutput.text }

  var errorOutput: String { standardError.text }

  func signal(_ number: Int32) {
    if end == nil { Glibc.kill(id, number) }
  }

  /// SIGSTOP. Returns when all its threads have stopped, which may serve a request more until then.
  func pause() {
    guard end == nil else { return }
    signal(SIGSTOP)
    // Looks without taking note: a second pause hears of the same stop.
    var information = siginfo_t()
    waitid(P_PID, id_t(id), &information, WSTOPPED | WEXITED | WNOWAIT)
  }

  /// SIGKILL. Returns when the process is gone.
  func kill() {
    signal(SIGKILL)
    wait(options: 0)
  }

  var isRunning: Bool {
    wait(options: WNOHANG)
    return end == nil
  }

  /// How it ended; fails when it does not.
  func waitForEnd() throws -> End {
    try eventually("process \(id) ends") { !isRunning }
    guard let end else { throw SetupError("process \(id) does not end") }
    return end
  }

  private func wait(options: Int32) {
    guard end == nil else { return }
    // Looks without reaping first: once reaped, the number may be somebody else's.
    var information = siginfo_t()
    let isExpected = waitid(P_PID, id_t(id), &information, WEXITED | WNOWAIT | options) == 0
    guard isExpected, information.si_signo == SIGCHLD else { return }
    Guardian.shared.forget(id)
    var status: Int32 = 0
    waitpid(id, &status, 0)
    end = status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .killed(status & 0x7F)
  }

  private static func spawn(
    _ executable: String, _ arguments: [String], _ environment: [String: String], output: Int32, error: Int32
  ) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, error, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    let inherited = ["PATH": SearchPath.text]
    let variables = inherited.merging(environment) { $1 }.map { "\($0.key)=\($0.value)" }
    var id: pid_t = 0
    let status = withCStrings([executable] + arguments) { arguments in
      withCStrings(variables) { posix_spawn(&id, executable, &actions, &attributes, arguments, $0) }
    }
    guard status == 0 else {
      throw SetupError("cannot start \(executable): \(String(cString: strerror(status)))")
    }
    return id
  }

  private static func withCStrings<Result>(
    _ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    var pointers = texts.map { strdup($0) }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { preconditionFailure("never empty") }
      return body(base)
    }
  }
}

/// What a process writes: a file without a name, so that the process never waits for a reader.
private final class OutputFile {
  let descriptor: Int32

  init() throws {
    var path = Array("/tmp/cache-gateway-test-XXXXXX".utf8CString)
    descriptor = mkstemp(&path)
    guard descriptor >= 0 else { throw SetupError("mkstemp: \(String(cString: strerror(errno)))") }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    unlink(path)
  }

  deinit { close(descriptor) }

  var text: String {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
      let count = pread(descriptor, &chunk, chunk.count, bytes.count)
      guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
      bytes += chunk.prefix(count)
    }
  }
}

enum SearchPath {
  static let text = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"

  /// The executable of this name, if there is one.
  static func find(_ name: String) -> String? {
    text.split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
  }
}

/// What a test needs is not there. Always a failure, never a reason to skip.
struct SetupError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}

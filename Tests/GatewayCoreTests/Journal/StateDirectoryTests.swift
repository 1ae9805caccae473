import Glibc
import Testing

@testable import GatewayCore

struct StateDirectoryTests {
  private let temporary: TemporaryDirectory

  init() throws {
    temporary = try TemporaryDirectory()
  }

  private func open(_ path: String) throws(StateDirectoryError) -> StateDirectory {
    try StateDirectory(configured: path, environment: [:])
  }

  /// What is said of a directory that cannot be used.
  private func refusal(_ configured: String?, _ environment: [String: String] = [:]) -> String? {
    do throws(StateDirectoryError) {
      _ = try StateDirectory(configured: configured, environment: environment)
      return nil
    } catch {
      return error.description
    }
  }

  // MARK: Configured

  @Test func `what is missing is created, for nobody else to read`() throws {
    let path = temporary.path + "/a/b/c"
    #expect(try open(path).path == path)
    for folder in ["/a", "/a/b", "/a/b/c", "/a/b/c/missed-writes"] {
      #expect(TestFile.mode(temporary.path + folder) == 0o700)
    }
    #expect(TestFile.names(in: path) == ["lock", "missed-writes"])
    #expect(TestFile.names(in: path + "/missed-writes").isEmpty)
  }

  @Test func `a directory that is there already is used as it is`() throws {
    mkdir(temporary.path + "/there", 0o755)
    for path in ["/there", "/there/", "/there//deeper/"] {
      #expect(try open(temporary.path + path).path != "")
    }
    #expect(TestFile.mode(temporary.path + "/there") == 0o755)
  }

  @Test func `one gateway at a time uses it`() throws {
    let path = temporary.path + "/state"
    var first: StateDirectory? = try open(path)
    let message = try #require(refusal(path))
    #expect(message.contains(path))
    #expect(message.contains("in use by another gateway"))
    #expect(message.contains("--state-directory"))
    withExtendedLifetime(first) {}
    first = nil
    #expect(refusal(path) == nil)
  }

  @Test func `a journal in use holds it as well`() throws {
    let path = temporary.path + "/state"
    var journal: (any JournalStorage)? = try open(path).journal(forNode: "a", logger: RecordedLog().logger)
      .storage
    #expect(refusal(path)?.contains("in use") == true)
    withExtendedLifetime(journal) {}
    journal = nil
    #expect(StateDirectory.eventually { refusal(path) == nil })
  }

  @Test func `one that cannot be written is named, with the reason`() throws {
    let file = temporary.path + "/file"
    try TestFile.write(file, [])
    mkdir(temporary.path + "/taken", 0o700)
    mkdir(temporary.path + "/taken/lock", 0o700)
    mkdir(temporary.path + "/probed", 0o700)
    mkdir(temporary.path + "/probed/missed-writes", 0o700)
    mkdir(temporary.path + "/probed/missed-writes/probe.new", 0o700)
    let reasons = [
      file: "Not a directory", file + "/below": "Not a directory", "/proc/nobody/writes/here": "No such file",
      temporary.path + "/taken": "Is a directory", temporary.path + "/probed": "Is a directory",
      "/tmp/" + String(repeating: "n", count: 256): "File name too long",
    ]
    for (path, reason) in reasons {
      let message = try #require(refusal(path))
      #expect(message.contains("the state directory \(path) "))
      #expect(message.contains(reason))
      #expect(message.contains("--state-directory"))
    }
  }

  @Test func `after a refusal nothing is locked`() throws {
    let path = temporary.path + "/state"
    let obstacle = path + "/missed-writes/probe.new"
    for folder in [path, path + "/missed-writes", obstacle] { mkdir(folder, 0o700) }
    #expect(refusal(path)?.contains("Is a directory") == true)
    rmdir(obstacle)
    #expect(StateDirectory.eventually { refusal(path) == nil })
  }

  // MARK: By default

  @Test func `by default it is in the user's folder for state`() throws {
    let xdg = temporary.path + "/xdg"
    func path(_ home: String, _ xdg: String?) throws -> String {
      mkdir(temporary.path + home, 0o700)
      var environment = ["HOME": temporary.path + home]
      environment["XDG_STATE_HOME"] = xdg
      return try StateDirectory(configured: nil, environment: environment).path
    }
    func inHome(_ home: String) -> String { temporary.path + home + "/.local/state/cache-gateway/1" }
    #expect(try path("/a", xdg) == xdg + "/cache-gateway/1")
    #expect(try path("/b", nil) == inHome("/b"))
    // Neither is absolute, so neither counts.
    #expect(try path("/c", "") == inHome("/c"))
    #expect(try path("/d", "state") == inHome("/d"))
    #expect(TestFile.mode(temporary.path + "/b/.local") == 0o700)
  }

  @Test(arguments: [[:], ["HOME": ""], ["HOME": "home"], ["HOME": "/nonexistent"]])
  func `without a home it is a folder of the user's own for temporary files`(environment: [String: String]) {
    let found = DefaultStateDirectory(environment)
    #expect(found.path == "/tmp/cache-gateway-\(geteuid())")
    #expect(found.isShared)
  }

  @Test func `where everybody can write, a folder that is not the user's alone is not taken`() throws {
    let ours = temporary.path + "/ours"
    mkdir(ours, 0o700)
    #expect(Folders.isOurs(ours))
    for mode in [0o720, 0o702, 0o777] as [mode_t] {
      chmod(ours, mode)
      #expect(!Folders.isOurs(ours))
    }
    chmod(ours, 0o755)
    #expect(Folders.isOurs(ours))
    symlink(ours, temporary.path + "/link")
    #expect(!Folders.isOurs(temporary.path + "/link"))
    try TestFile.write(temporary.path + "/file", [])
    #expect(!Folders.isOurs(temporary.path + "/file"))
    #expect(!Folders.isOurs(temporary.path + "/nothing"))
  }

  @Test func `each gateway takes the first number that is free, up to 64`() throws {
    let environment = ["XDG_STATE_HOME": temporary.path]
    var gateways = try (1...64).map { _ in try StateDirectory(configured: nil, environment: environment) }
    let base = temporary.path + "/cache-gateway"
    #expect(gateways.map(\.path) == (1...64).map { "\(base)/\($0)" })
    let message = try #require(refusal(nil, environment))
    #expect(message.contains(base))
    #expect(message.contains("in use by other gateways"))
    gateways.remove(at: 6)
    #expect(
      StateDirectory.eventually {
        try StateDirectory(configured: nil, environment: environment).path == "\(base)/7"
      })
  }

  @Test func `a default that cannot be written is named, not stepped over`() throws {
    try TestFile.write(temporary.path + "/cache-gateway", [])
    let message = try #require(refusal(nil, ["XDG_STATE_HOME": temporary.path]))
    #expect(message.contains(temporary.path + "/cache-gateway/1 "))
    #expect(message.contains("Not a directory"))
    #expect(refusal(nil, ["XDG_STATE_HOME": "/proc/nobody"])?.contains("/proc/nobody/cache-gateway ") == true)
  }
}

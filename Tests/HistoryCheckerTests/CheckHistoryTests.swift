import Foundation
import GatewayCore
import Testing

@testable import check_history

/// The command, from lines of JSON to its verdict.
@Suite struct CheckHistoryTests {
  private static let good = """
    {"client":0,"gateway":0,"key":1,"kind":"put","value":1,"start":0,"end":2000000,"outcome":"done",\
    "version":"0000000000000001-00000001","phase":"before"}
    {"client":0,"gateway":0,"key":1,"kind":"get","start":3000000,"end":4000000,"outcome":"found","found":1,\
    "version":"0000000000000001-00000001","phase":"before"}
    {"client":0,"gateway":0,"key":1,"kind":"replace","value":2,"expected":"0000000000000001-00000001",\
    "start":5000000,"end":9000000,"outcome":"unknown","phase":"fault"}
    {"client":0,"gateway":0,"key":1,"kind":"put-if-absent","value":3,"start":10000000,"end":11000000,\
    "outcome":"refused","phase":"fault"}
    {"client":0,"gateway":0,"key":2,"kind":"get","start":12000000,"end":13000000,"outcome":"missing",\
    "phase":"fault"}
    {"client":0,"gateway":0,"key":1,"kind":"delete","start":14000000,"end":15000000,"outcome":"done",\
    "phase":"fault"}

    """
  /// The value that was deleted.
  private static let resurrected = """
    {"client":1,"gateway":1,"key":1,"kind":"get","start":20000000,"end":21000000,"outcome":"found","found":1,\
    "version":"0000000000000001-00000001","phase":"after"}

    """
  private static let damaged = """
    {"client":1,"gateway":1,"key":1,"kind":"get","start":22000000,"end":23000000,"outcome":"found",\
    "found":null,"phase":"after"}

    """
  private static let differing = """
    {"round":0,"node":"a","key":1,"at":30000000,"kind":"value","value":1,"version":"0000000000000001-00000001"}
    {"round":0,"node":"b","key":1,"at":30000000,"kind":"tombstone","version":"0000000000000002-00000001"}

    """

  private func summary(_ history: String, _ snapshot: String = "") throws -> Summary {
    try Summary(
      JSONLines.decode(RecordedOperation.self, Data(history.utf8)),
      JSONLines.decode(RecordedCopy.self, Data(snapshot.utf8)), examples: 1)
  }

  @Test func `what operations came to is counted`() throws {
    let summary = try summary(Self.good)
    #expect(summary.violations.isEmpty)
    #expect(summary.operations == 6)
    #expect(summary.failed == 1)
    #expect(summary.refused == 1)
    #expect(summary.misses == 1)
  }

  @Test func `latencies and gaps are told by phase`() throws {
    let phases = try summary(Self.good).phases
    #expect(phases.map(\.name) == ["before", "fault"])
    #expect(phases.map(\.operations) == [2, 4])
    #expect(phases.map(\.failed) == [0, 1])
    #expect(phases.map(\.p50Milliseconds) == [2, 1])
    #expect(phases.map(\.p99Milliseconds) == [2, 4])
    // From the read's end, over the write that failed, to the refusal.
    #expect(phases.map(\.longestGapMilliseconds) == [2, 7])
    #expect(try summary(Self.good).longestGapMilliseconds == 7)
  }

  @Test func `violations are counted by kind, with the first ones in full`() throws {
    let twice = Self.resurrected + Self.resurrected.replacing("20000000", with: "20500000")
    let violations = try summary(Self.good + twice + Self.damaged).violations
    #expect(violations.mapValues(\.count) == ["resurrectedValue": 2, "foreignValue": 1])
    let first = try #require(violations["resurrectedValue"]?.first)
    #expect(first.count == 1)
    #expect(first.first?.operation?.start == 20_000_000)
    #expect(first.first?.contradictsOperation?.kind == .delete)
  }

  @Test func `a snapshot's violations are counted too`() throws {
    let violations = try summary(Self.good, Self.differing).violations
    #expect(violations.mapValues(\.count) == ["copiesDiffer": 1, "resurrectedValue": 1])
    #expect(violations["copiesDiffer"]?.first.first?.copy?.node == "b")
  }

  @Test func `a recorded operation is read as it was written`() throws {
    for line in try JSONLines.decode(RecordedOperation.self, Data((Self.good + Self.resurrected).utf8)) {
      var read = RecordedOperation(try line.operation())
      read.phase = line.phase
      #expect(read == line)
    }
  }

  @Test(arguments: [
    #"{"client":0}"#, "[]", "garbage",
    #"{"client":0,"gateway":0,"key":1,"kind":"get","start":0,"end":1,"outcome":"found","found":1,"version":"1-1"}"#,
    #"{"client":0,"gateway":0,"key":1,"kind":"put","start":0,"end":1,"outcome":"done"}"#,
    #"{"client":0,"gateway":0,"key":1,"kind":"replace","value":1,"start":0,"end":1,"outcome":"done"}"#,
  ])
  func `a line that tells no operation is an error`(line: String) {
    #expect(throws: (any Error).self) { try summary(line) }
  }

  @Test func `the exit code is the verdict`() throws {
    #expect(try run(Self.good) == 0)
    #expect(try run(Self.good + Self.resurrected) == 1)
    #expect(try run(Self.good, snapshot: Self.differing) == 1)
    #expect(try run("garbage") == 64)
  }

  /// Runs the program over files, and returns its exit code.
  private func run(_ history: String, snapshot: String = "") throws -> Int32 {
    let directory = FileManager.default.temporaryDirectory.appending(path: "check-history-\(UUID())")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let files = ["history", "snapshot"].map { directory.appending(path: $0) }
    for (file, text) in zip(files, [history, snapshot]) { try Data(text.utf8).write(to: file) }
    return try exitCode(of: program().path, [files[0].path, "--snapshot", files[1].path])
  }

  /// Without Foundation's `Process`, which waits for longer than the program runs when another process was started
  /// beside it, and inherited what tells of its end.
  private func exitCode(of path: String, _ arguments: [String]) throws -> Int32 {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for descriptor: Int32 in 0...2 {
      posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
    }
    var words = ([path] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var id: pid_t = 0
    let failure = posix_spawn(&id, path, &actions, nil, &words, environ)
    try #require(failure == 0, "\(String(cString: strerror(failure)))")
    var status: Int32 = 0
    while waitpid(id, &status, 0) < 0 { try #require(errno == EINTR) }
    try #require(status & 0x7F == 0, "ended by a signal")
    return status >> 8 & 0xFF
  }

  /// Beside the test bundle.
  private func program() throws -> URL {
    let bundle = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return URL(filePath: bundle).deletingLastPathComponent().appending(path: "check-history")
  }
}

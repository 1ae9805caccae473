import ArgumentParser
import FoundationEssentials
import HistoryChecker

/// Checks a history that clients have recorded.
@main
struct CheckHistory: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check-history",
    abstract: "Check a history of operations, one JSON object a line, and sum it up as JSON.",
    discussion: "Exit code 0: no violation; 1: violations; 64: the input is no history.")

  @Argument(help: "The history; - is standard input.")
  var history = "-"

  @Option(help: "What the nodes hold after the history, one JSON object a line.")
  var snapshot: String?

  @Option(help: "How many violations of a kind to print in full.")
  var examples = 5

  func run() throws {
    let operations = try JSONLines.read(RecordedOperation.self, from: history)
    let copies = try snapshot.map { try JSONLines.read(RecordedCopy.self, from: $0) } ?? []
    let summary = try summary(operations, copies)
    print(try JSONLines.text(summary))
    if !summary.violations.isEmpty { throw ExitCode.failure }
  }

  private func summary(_ operations: [RecordedOperation], _ copies: [RecordedCopy]) throws -> Summary {
    do throws(RecordedOperation.Incomplete) {
      return try Summary(operations, copies, examples: max(0, examples))
    } catch {
      throw ValidationError("\(error)")
    }
  }
}

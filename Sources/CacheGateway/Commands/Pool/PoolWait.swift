import GatewayCore
import Glibc

/// Waits until a change of the pool is complete, and tells on standard error how far it is.
struct PoolWait {
  private static let pause: useconds_t = 500_000

  let client: AdminClient
  let goal: PoolGoal

  /// What came of it.
  func run() throws(AdminError) -> String {
    var progress = ProgressLine()
    defer { progress.end() }
    while true {
      switch goal.verdict(try client.pool(), width: progress.width) {
      case .underWay(let line): progress.show(line)
      case .reached(let result): return result
      case .missed(let reason): throw .refused(reason)
      }
      usleep(Self.pause)
    }
  }
}

/// A line on standard error that is drawn again in its place, or, where that is no terminal, a line for each
/// change.
struct ProgressLine {
  /// In characters.
  let width: Int
  private let isTerminal: Bool
  private var shown = ""

  init() {
    let size = Terminal.size(of: STDERR_FILENO)
    width = size?.columns ?? Terminal.usual.columns
    isTerminal = size != nil
  }

  mutating func show(_ line: String) {
    guard line != shown else { return }
    shown = line
    if isTerminal {
      StandardError.write("\r\(Terminal.eraseLine)\(line.prefix(width - 1))")
    } else {
      StandardError.print(line)
    }
  }

  /// Makes room for what follows.
  mutating func end() {
    if isTerminal, !shown.isEmpty { StandardError.write("\r\(Terminal.eraseLine)") }
    shown = ""
  }
}

import ArgumentParser

/// Measures small parts of the core by themselves.
///
/// The loop around them is written by hand: all that is wanted of a framework is a warm-up, a median, and a count of
/// allocations, and the one that is common in Swift counts none with the allocator of Debian's libc.
@main
struct MicroBenchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "micro-benchmarks", abstract: "Measure small parts of the core: time and allocations.",
    discussion: "One operation a line: its name, nanoseconds and allocations, with tabs between.")

  @Option(help: "Only the operation of this name.")
  var only: String?

  @Option(help: "Do it so many times, and measure nothing: for a program that counts instructions.")
  var times: Int?

  func run() throws {
    let operations = try (PureOperations.all() + Walks().all()).filter { only == nil || $0.name == only }
    if operations.isEmpty { throw ValidationError("there is no such operation") }
    for operation in operations {
      if let times { repeatOnly(operation, times) } else { measure(operation) }
    }
  }

  private func repeatOnly(_ operation: Operation, _ times: Int) {
    for _ in 0..<(times / operation.count) { operation.run() }
  }

  private func measure(_ operation: Operation) {
    let measured = Measurement(operation)
    print("\(operation.name)\t\(measured.nanoseconds)\t\(measured.allocations)")
  }
}

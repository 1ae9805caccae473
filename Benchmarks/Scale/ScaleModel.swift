import ArgumentParser
import GatewayCore

/// Computes, with the gateway's own chain order, what happens in pools that are larger than a machine to try them on.
@main
struct ScaleModel: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scale-model", abstract: "Compute how keys spread over large pools, as Markdown.",
    discussion: "The same for the same seed, on every machine.")

  @Option(help: "Keys to place in each pool.")
  var keys = 1_000_000

  @Option(help: "Other keys for another seed.")
  var seed = 1

  /// Fewer would leave some of a thousand nodes without a copy; more would take gigabytes.
  private static let sensibleCounts = 100_000...10_000_000

  func validate() throws {
    guard Self.sensibleCounts.contains(keys) else {
      throw ValidationError("--keys: from 100,000 to 10,000,000")
    }
  }

  func run() throws {
    let sample = KeySample(count: keys, seed: seed)
    print("\(keys) keys, seed \(seed), \(Placements.replicas) replicas.\n")
    let pools = try [10, 100, 1000].flatMap { size in
      [try Pool(size: size, weights: [1]), try Pool(size: size, weights: [1, 2, 4])]
    }
    let placements = pools.map { Placements(of: sample, in: $0) }
    print(BalanceTable(placements).markdown)
    print(GrowthTable(placements, sample).markdown)
    print(LossTable(placements).markdown)
    print(ConnectionTable().markdown)
  }
}

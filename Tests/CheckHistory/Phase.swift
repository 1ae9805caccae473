import GatewayCore
import HistoryChecker

/// How the operations of one phase of a run went. An operation belongs to the phase that it names, those that
/// name none to one without a name.
struct Phase: Encodable {
  let name: String
  let operations: Int
  let failed: Int
  /// Of all operations, failed ones included, from start to end.
  let p50Milliseconds: Double
  let p99Milliseconds: Double
  let mostMilliseconds: Double
  /// Of gaps that ended in this phase.
  let longestGapMilliseconds: Double

  static func phases(of recorded: [RecordedOperation], _ history: [Operation]) -> [Phase] {
    let gapsByName = Dictionary(grouping: gaps(in: history), by: { recorded[$0.endedBy].phase ?? "" })
    let byName = Dictionary(grouping: history.indices, by: { recorded[$0].phase ?? "" })
    return byName.map { name, indices in
      let operations = indices.map { history[$0] }
      let longest = gapsByName[name]?.map(\.length).max() ?? .zero
      return (operations.map(\.start).min() ?? .distantFuture, Phase(name, operations, longest))
    }.sorted { $0.0 < $1.0 }.map(\.1)
  }

  private init(_ name: String, _ history: [Operation], _ longestGap: Duration) {
    self.name = name
    operations = history.count
    failed = history.count { $0.outcome == .unknown }
    let latencies = history.map { $0.end - $0.start }.sorted()
    p50Milliseconds = Self.quantile(0.5, latencies)
    p99Milliseconds = Self.quantile(0.99, latencies)
    mostMilliseconds = Self.quantile(1, latencies)
    longestGapMilliseconds = longestGap.inMilliseconds
  }

  private static func quantile(_ quantile: Double, _ sorted: [Duration]) -> Double {
    guard let last = sorted.indices.last else { return 0 }
    return sorted[min(last, Int(Double(sorted.count) * quantile))].inMilliseconds
  }
}

extension Duration {
  /// To the microsecond.
  var inMilliseconds: Double { Double(inNanoseconds / 1000) / 1000 }
}

/// The state of the nodes as metrics, labelled with their names: as many series as there are nodes.
public enum NodeMetrics {
  /// In Prometheus' text format.
  public static func text(_ nodes: [NodeStatus]) -> String {
    PrometheusText.render(
      gauges.map { family($0, .gauge, $1, nodes, $2) } + counters.map { family($0, .counter, $1, nodes, $2) })
  }

  private typealias Metric = (name: String, help: String, value: @Sendable (NodeStatus) -> Int)

  private static let gauges: [Metric] = [
    ("up", "Whether the node takes reads and writes.", { $0.state == .up ? 1 : 0 }),
    (
      "returning", "Whether the node answers again, but is still being rid of what it missed.",
      { $0.state == .returning ? 1 : 0 }
    ),
    (
      "trusted", "Whether the node is up and its copies count by themselves, not only beside others.",
      { $0.isTrusted ? 1 : 0 }
    ),
    (
      "missed_writes", "Keys noted because the node did not acknowledge their latest write.",
      { $0.missedWrites }
    ),
    (
      "flush_on_return", "Whether the node missed more writes than are noted and is to be flushed.",
      { $0.flushOnReturn ? 1 : 0 }
    ),
    (
      "restoring", "Whether the node was emptied and does not have all its keys back yet.",
      { $0.restore.map { $0.state != .done } ?? false ? 1 : 0 }
    ),
    (
      "restore_keys_to_go", "Keys that are yet to be brought back to the node, an estimate.",
      { $0.restore?.keysToGo ?? 0 }
    ),
    (
      "restore_bytes_to_go", "Bytes that are yet to be brought back to the node, an estimate.",
      { $0.restore?.bytesToGo ?? 0 }
    ),
    (
      "restore_bytes_per_second", "How fast the node's keys are being brought back.",
      { $0.restore?.bytesPerSecond ?? 0 }
    ),
  ]

  private static let counters: [Metric] = [
    ("falls_total", "Times that the node was found to be down.", { $0.counts.falls }),
    ("returns_total", "Times that the node came up again.", { $0.counts.returns }),
    ("flushes_total", "Times that the node was flushed on its return.", { $0.counts.flushes }),
    (
      "missed_writes_noted_total", "Writes noted because the node did not acknowledge them.",
      { $0.counts.missedWritesNoted }
    ),
    (
      "old_copies_removed_total", "Copies removed from the node because they had missed a write.",
      { $0.counts.oldCopiesRemoved }
    ),
    (
      "restored_keys_total", "Copies brought back to the node because it had been emptied.",
      { $0.counts.keysRestored }
    ),
    (
      "restored_bytes_total", "Bytes of the copies brought back to the node because it had been emptied.",
      { $0.counts.bytesRestored }
    ),
    (
      "failover_copies_removed_total",
      "Copies removed from the node since the natural placement was whole again.",
      { $0.counts.failoverCopiesRemoved }
    ),
  ]

  private static func family(
    _ name: String, _ kind: PrometheusText.Family.Kind, _ help: String, _ nodes: [NodeStatus],
    _ value: (NodeStatus) -> Int
  ) -> PrometheusText.Family {
    PrometheusText.Family(
      name: "cache_gateway_node_\(name)", kind: kind, help: help, label: "node",
      samples: nodes.map { ($0.name, value($0)) })
  }
}

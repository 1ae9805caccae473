import Testing

@testable import GatewayCore

struct NodeMetricsTests {
  private func status(_ name: String) -> NodeStatus {
    NodeStatus(name: name, address: Endpoint(host: "127.0.0.1", port: 11211))
  }

  /// Of the node `name`, each metric without its prefix.
  private func values(_ nodes: [NodeStatus], of name: String) throws -> [String: Double] {
    let families = try PrometheusReader(NodeMetrics.text(nodes)).families
    return Dictionary(
      uniqueKeysWithValues: try families.map { family in
        (
          String(family.key.dropFirst("cache_gateway_node_".count)),
          try #require(family.value.samples[["node=\(name)"]])
        )
      })
  }

  private let calm: [String: Double] = [
    "up": 1, "returning": 0, "trusted": 1, "missed_writes": 0, "flush_on_return": 0, "falls_total": 0,
    "returns_total": 0, "flushes_total": 0, "missed_writes_noted_total": 0, "old_copies_removed_total": 0,
    "restoring": 0, "restore_keys_to_go": 0, "restore_bytes_to_go": 0, "restore_bytes_per_second": 0,
    "restored_keys_total": 0, "restored_bytes_total": 0, "failover_copies_removed_total": 0,
  ]

  @Test func `a node that never fell is up, trusted, and all else is zero`() throws {
    #expect(try values([status("a")], of: "a") == calm)
  }

  @Test func `a node that is down is neither up, returning nor trusted`() throws {
    var node = status("a")
    (node.state, node.timeUntilTrusted) = (.down, nil)
    node.missedWrites = 17
    let down = calm.merging(["up": 0, "trusted": 0, "missed_writes": 17]) { $1 }
    #expect(try values([node], of: "a") == down)
    node.state = .returning
    #expect(try values([node], of: "a") == down.merging(["returning": 1]) { $1 })
  }

  @Test func `a node that is up again is trusted later`() throws {
    var node = status("a")
    node.timeUntilTrusted = .milliseconds(1)
    #expect(try values([node], of: "a") == calm.merging(["trusted": 0]) { $1 })
  }

  @Test func `a restore tells what is to go, and is over when it is done`() throws {
    var node = status("a")
    var restore = TransferStatus(state: .running)
    (restore.keysToGo, restore.bytesToGo, restore.bytesPerSecond) = (1, 2, 3)
    node.restore = restore
    let running: [String: Double] = [
      "restoring": 1, "restore_keys_to_go": 1, "restore_bytes_to_go": 2, "restore_bytes_per_second": 3,
    ]
    #expect(try values([node], of: "a") == calm.merging(running) { $1 })
    node.restore = TransferStatus(state: .done)
    #expect(try values([node], of: "a") == calm)
  }

  @Test func `each count has a metric of its own`() throws {
    var node = status("a")
    node.flushOnReturn = true
    node.counts.falls = 1
    node.counts.returns = 2
    node.counts.flushes = 3
    node.counts.missedWritesNoted = 4
    node.counts.oldCopiesRemoved = .max
    (node.counts.keysRestored, node.counts.bytesRestored) = (5, 6)
    node.counts.failoverCopiesRemoved = 7
    let expected: [String: Double] = [
      "flush_on_return": 1, "falls_total": 1, "returns_total": 2, "flushes_total": 3,
      "missed_writes_noted_total": 4, "old_copies_removed_total": Double(Int.max),
      "restored_keys_total": 5, "restored_bytes_total": 6, "failover_copies_removed_total": 7,
    ]
    #expect(try values([node], of: "a") == calm.merging(expected) { $1 })
  }

  @Test func `the nodes' names are the only label, and every metric has a sample of each`() throws {
    let names = ["a", "cache-b", "[::1]:11211", "back\\slash \"quoted\"\nline", "é💥"]
    let families = try PrometheusReader(NodeMetrics.text(names.map(status))).families
    #expect(families.count == 17)
    for family in families.values {
      #expect(Set(family.samples.keys) == Set(names.map { ["node=\($0)"] }))
    }
  }

  @Test func `names, types and help are as Prometheus' conventions have them`() throws {
    for (name, family) in try PrometheusReader(NodeMetrics.text([status("a")])).families {
      #expect(name.hasPrefix("cache_gateway_node_"))
      #expect(family.kind == (name.hasSuffix("_total") ? "counter" : "gauge"))
      #expect(family.help?.isEmpty == false)
    }
  }

  @Test func `each name has a description of its own, and stays where it is without nodes`() throws {
    let families = try PrometheusReader(NodeMetrics.text([])).families
    #expect(Set(families.values.map(\.help)).count == families.count)
    #expect(families.values.allSatisfy { $0.samples.isEmpty })
    #expect(families.count == 17)
  }
}

import Testing

struct MetricsRouteTests {
  @Test func `the metrics of every node are there, in the text format`() throws {
    let gateway = try GatewayProcess(nodes: 2)
    let get = try gateway.connectToAdmin().get("/metrics")
    #expect(get.status == 200)
    #expect(get["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
    #expect(get["Cache-Control"] == "no-store")
    for node in ["node-1", "node-2"] {
      #expect(try ["up", "trusted"].map { try gateway.metric($0, node) } == [1, 1])
      for metric in [
        "returning", "missed_writes", "flush_on_return", "falls_total", "returns_total", "flushes_total",
        "missed_writes_noted_total", "old_copies_removed_total",
      ] {
        #expect(try gateway.metric(metric, node) == 0)
      }
    }
  }
}

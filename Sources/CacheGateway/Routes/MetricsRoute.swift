import GatewayCore

/// `/metrics`: the state of the nodes as Prometheus reads it.
struct MetricsRoute {
  let pool: NodePool
  let loop: any EventLoop

  func plan(_ method: Method) -> Plan {
    .reading(method) {
      let text = NodeMetrics.text(pool.nodes.map { $0.status(now: loop.now) })
      return Response(200, body: Bytes(text.utf8))
        .adding("Content-Type", PrometheusText.contentType)
        .adding("Cache-Control", "no-store")
    }
  }
}

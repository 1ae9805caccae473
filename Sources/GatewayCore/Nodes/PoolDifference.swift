extension PoolChange {
  /// What has to be done to a pool for it to be as a configuration says. `nodes`, `replicas`: as they are now.
  public init(
    from nodes: [NodeStatus], to wanted: [NodeConfiguration], replicas: Int, wantedReplicas: Int
  ) {
    self.init()
    for node in wanted {
      guard let present = nodes.first(where: { $0.name == node.name }) else {
        added.append(node)
        continue
      }
      let address = Endpoint(host: node.host, port: node.port)
      if present.address != address { addresses[node.name] = address }
      if present.weight != node.weight || present.membership == .leaving { weights[node.name] = node.weight }
    }
    removed = Set(
      nodes.filter { node in node.membership != .leaving && !wanted.contains { $0.name == node.name } }
        .map(\.name))
    if replicas != wantedReplicas { self.replicas = wantedReplicas }
  }
}

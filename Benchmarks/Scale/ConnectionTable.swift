/// Connections as the design has them: every worker of every gateway has one to every node, and so has the thread
/// that restores nodes; a second one for each while large values are read or written.
struct ConnectionTable {
  private static let gateways = 100
  private static let nodes = 1000
  let markdown: String

  init() {
    let rows = [1, 4, 8, 16, 64].map { workers in
      let perNode = Self.gateways * (workers + 1)
      return [
        "\(workers)", grouped((workers + 1) * Self.nodes), grouped(perNode), grouped(perNode * Self.nodes),
        grouped(perNode * Self.nodes + Self.gateways * workers * Self.nodes),
      ]
    }
    markdown = table(
      "Connections of \(Self.gateways) gateways with \(Self.nodes) nodes",
      ["workers of a gateway", "of a gateway", "of a node", "in all", "with those for large values"], rows)
  }
}

import GatewayCore

/// The nodes as a table, for people.
enum NodeTable {
  private static let heads = ["NODE", "ADDRESS", "STATE", "FOR", "MEMBERSHIP", "WEIGHT", "MISSED WRITES", ""]
  /// Figures stand at the right of their column.
  private static let figures: Set = [5, 6]

  /// The first is the head.
  static func lines(_ nodes: [NodeStatus]) -> [String] {
    let rows = [heads] + nodes.map(cells)
    let widths = heads.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.indices.map { padded(row[$0], widths[$0], right: figures.contains($0)) }
      return trimmed(cells.joined(separator: "  "))
    }
  }

  private static func cells(_ node: NodeStatus) -> [String] {
    [
      node.name, "\(node.address)", node.state.rawValue, Quantity.time(node.timeInState),
      node.membership.rawValue, Quantity.weight(node.weight), Quantity.count(node.missedWrites), note(node),
    ]
  }

  /// What else an operator has to know.
  private static func note(_ node: NodeStatus) -> String {
    var notes: [String] = []
    if node.state != .up, let reason = node.lastFallReason { notes.append(reason) }
    if node.flushOnReturn { notes.append("is flushed on its return") }
    if let time = node.timeUntilTrusted, time > .zero {
      notes.append("trusted in \(Quantity.time(time))")
    }
    return notes.joined(separator: "; ")
  }

  private static func padded(_ text: String, _ width: Int, right: Bool) -> String {
    let space = String(repeating: " ", count: max(0, width - text.count))
    return right ? space + text : text + space
  }

  private static func trimmed(_ line: String) -> String {
    String(line.reversed().drop { $0 == " " }.reversed())
  }
}

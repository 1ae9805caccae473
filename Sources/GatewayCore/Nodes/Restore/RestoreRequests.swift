/// What operators ask for.
extension Coordinator {
  /// Has a node brought back what it lacks, also where it is not known to lack anything. Returns at once.
  public func restoreNode(_ name: String) throws(PoolChangeError) {
    try link(named: name).node.restore.force()
  }

  /// Has a node forget everything. Returns when it has; its keys are then brought back from the others.
  public func flushNode(_ name: String) async throws(PoolChangeError) {
    let link = try link(named: name)
    guard link.node.isUp else { throw .unreachable(name, reason: "it is down") }
    switch await ask(.flushAll, link) {
    case .success(.done):
      link.node.restore.expect("it was emptied")
      link.node.restore.markIsMissing()
    case .success(.error(let error)): throw .unreachable(name, reason: "\(error)")
    default: throw .unreachable(name, reason: "no answer to flush_all within the operation timeout")
    }
  }

  private func link(named name: String) throws(PoolChangeError) -> NodeLink {
    guard let link = links.first(where: { $0.node.name == name }) else { throw .unknownNode(name) }
    return link
  }
}

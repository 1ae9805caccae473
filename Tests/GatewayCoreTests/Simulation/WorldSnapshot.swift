import HistoryChecker

@testable import GatewayCore

/// What stands in the end.
extension World {
  /// Ends all faults, waits until every gateway has found every node back and failover copies have run out,
  /// reads every key through every gateway, and asks the nodes what they hold. With `settling`, asks them again
  /// twice when nothing may change any more.
  func healedSnapshot(keys: Int, settling: Bool) -> [Copy] {
    heal()
    let limit = time.now + .seconds(30)
    while time.now < limit, !gateways.allSatisfy(\.seesAllUp) { run(for: .milliseconds(250)) }
    run(for: settings.failoverLifetime + .seconds(1))
    readEverything(keys)
    guard settling else { return copies(round: 0, keys) }
    let lastRequest = history.map(\.end).filter { $0 < .distantFuture }.max() ?? time.now
    time.run(until: lastRequest + SnapshotChecker.settling)
    let first = copies(round: 0, keys)
    run(for: .seconds(5))
    return first + copies(round: 1, keys)
  }

  func heal() {
    network.healAll()
    network.lossRates = [:]
    network.lieRates = [:]
    for node in nodes {
      if !node.isRunning { node.start() }
      node.resume()
    }
    for gateway in gateways {
      gateway.resume()
      gateway.restart()
    }
  }

  func readEverything(_ keys: Int) {
    for gateway in gateways.indices {
      act { world in
        let session = Session(client: -1 - gateway, gateway: gateway)
        for key in 0..<keys { await world.get(session, key: key) }
      }
    }
    run(for: .seconds(1))
  }

  private func copies(round: Int, _ keys: Int) -> [Copy] {
    nodes.enumerated().flatMap { index, node in
      (0..<keys).compactMap { key in
        guard let item = node.item("key-\(key)") else { return nil }
        return copy(round, "node-\(index + 1)", key, item)
      }
    }
  }

  private func copy(_ round: Int, _ node: String, _ key: Int, _ item: SimulatedMemcached.Item) -> Copy {
    let value = MetaValue(item)
    let record = RecordDecoder.decode(value, for: Self.key(key))?.record
    let body = record.flatMap { $0.chunks.map { assembled($0, node, key) } ?? $0.body }
    let isTombstone = record?.kind == .tombstone
    return Copy(
      round: round, node: node, key: key, at: time.now,
      content: isTombstone
        ? .tombstone : .value(body.flatMap { SimulatedValue.number(in: $0, key: key) }),
      version: record?.version)
  }

  /// From the chunks on the same node; nil when one is missing.
  private func assembled(_ list: ChunkList, _ node: String, _ key: Int) -> Bytes? {
    var body: [UInt8] = []
    for index in 0..<list.count {
      let name = list.name(index)
      guard let number = Int(node.dropFirst("node-".count)),
        let item = nodes[number - 1].item(String(decoding: name.bytes, as: UTF8.self)),
        let bytes = ChunkFormat.decode(
          MetaValue(item), name, Self.key(key), length: list.range(index).count)
      else { return nil }
      body += bytes.array
    }
    return Bytes(body)
  }
}

extension MetaValue {
  fileprivate init(_ item: SimulatedMemcached.Item) {
    self.init(bytes: Bytes(item.value), clientFlags: item.flags, lifetime: .forever, cas: 0)
  }
}

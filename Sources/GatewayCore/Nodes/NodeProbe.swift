/// Active health checks (rule C9). Each node is probed by one worker of the gateway.
extension Coordinator {
  /// Between probes of a node that is up; shorter after one that failed, so that a hung node is known to be
  /// down soon also when nobody asks it.
  private static let upInterval = (shortest: Duration.milliseconds(750), longest: Duration.milliseconds(1250))
  private static let doubtInterval = Duration.milliseconds(50)
  private static let drainInterval = Duration.milliseconds(1)

  /// Probes until the coordinator stops.
  func keepProbing(_ link: NodeLink) async {
    await learnAddress(link)
    while !isStopped {
      if link.node.isUp {
        await probeWhileUp(link)
      } else {
        await probeWhileDown(link)
      }
    }
  }

  private func probeWhileUp(_ link: NodeLink) async {
    let answered = await probe(link)
    guard link.node.isUp else { return }
    await loop.sleep(
      answered ? loop.jitter(Self.upInterval.shortest, Self.upInterval.longest) : Self.doubtInterval)
  }

  private func probeWhileDown(_ link: NodeLink) async {
    let jitter = Double(loop.random() >> 11) / Double(1 << 53)
    await loop.sleep(link.node.health.withLock { $0.pause(jitter: jitter) })
    await learnAddress(link)
    if await probe(link), await isDrained(link) {
      pool.markUp(link.node, now: loop.now)
    } else {
      link.node.health.withLock { $0.probeFailed() }
    }
  }

  /// Waits until no worker's connection holds commands from before the node went down: they would overwrite
  /// what is written after its return.
  private func isDrained(_ link: NodeLink) async -> Bool {
    let deadline = loop.now + settings.operationTimeout
    while link.node.isDraining {
      if loop.now >= deadline { return false }
      await loop.sleep(Self.drainInterval)
    }
    return true
  }

  /// Whether the node answers. Learns its item limit on the way.
  private func probe(_ link: NodeLink) async -> Bool {
    let fanOut = FanOut(count: 1, loop: loop)
    send(
      .statistics("settings"), over: link, to: fanOut, slot: 0, deadline: loop.now + settings.operationTimeout
    )
    await fanOut.all()
    guard case .success(.statistics(let statistics)) = fanOut.replies[0] else { return false }
    if let limit = statistics["item_size_max"].flatMap(Int.init), limit > 0 {
      link.node.itemSizeLimit = limit
    }
    link.node.setProbed()
    link.recovered()
    return true
  }

  /// Names are asked for again before each attempt to reach a node that is down: it may have moved.
  private func learnAddress(_ link: NodeLink) async {
    let configuration = link.node.configuration
    guard SocketAddress(numericHost: configuration.host, port: configuration.port) == nil else { return }
    do {
      link.node.setAddress(try await Resolver.resolve(configuration.host, configuration.port))
    } catch {
      pool.markDown(link.node, reason: "\(error)", now: loop.now)
    }
  }
}

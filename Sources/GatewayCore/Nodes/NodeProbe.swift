/// Active health checks (rule C9). Each node is probed by one worker of the gateway.
extension Coordinator {
  /// Between probes of a node that is up; shorter after one that failed, so that a hung node is known to be
  /// down soon also when nobody asks it.
  private static let upInterval = (shortest: Duration.milliseconds(750), longest: Duration.milliseconds(1250))
  private static let doubtInterval = Duration.milliseconds(50)

  /// Probes until the coordinator stops.
  func keepProbing(_ link: NodeLink) async {
    await learnAddress(link)
    while !isStopped, !link.node.isGone {
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
    await link.probePause.wait(
      answered ? loop.jitter(Self.upInterval.shortest, Self.upInterval.longest) : Self.doubtInterval)
  }

  private func probeWhileDown(_ link: NodeLink) async {
    let jitter = Double(loop.random() >> 11) / Double(1 << 53)
    await loop.sleep(link.node.health.withLock { $0.pause(jitter: jitter) })
    await learnAddress(link)
    if await probe(link), await comesBack(link) { return }
    link.node.health.withLock { $0.probeFailed() }
  }

  private func comesBack(_ link: NodeLink) async -> Bool {
    do throws(ReturnFailure) {
      try await bringBack(link)
      return true
    } catch {
      pool.noteFailedReturn(link.node, reason: error.rawValue)
      return false
    }
  }

  /// Whether the node answers. Learns which process it is, and its item limit, on the way.
  private func probe(_ link: NodeLink) async -> Bool {
    let fanOut = FanOut(count: 2, loop: loop)
    let deadline = loop.now + settings.operationTimeout
    for (slot, group) in ["", "settings"].enumerated() {
      send(.statistics(group), over: link, to: fanOut, slot: slot, deadline: deadline)
    }
    await fanOut.all()
    await exchangeClocks(link, deadline)
    await lookForMark(link, deadline)
    guard case .success(.statistics(let general)) = fanOut.replies[0],
      case .success(.statistics(let settings)) = fanOut.replies[1]
    else { return false }
    if let limit = settings["item_size_max"].flatMap(Int.init), Node.itemSizes.contains(limit) {
      link.node.itemSizeLimit = limit
    }
    link.node.learn(NodeProcess(general))
    if link.node.isUp { link.node.acceptProcess() }
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

/// One read's way along its key's chain: the links asked so far, and what they were found to hold.
final class ReadWalk {
  let key: Key
  let deadline: Instant
  /// Nodes that did not answer earlier in the same request.
  let silent: Set<Int>
  private let replicas: Int
  private let stage: Int
  private var chain: PlacementWalk
  /// Before the links that were asked last.
  private var earlier: Findings
  private(set) var findings: Findings
  /// Asked last, and their replies.
  private(set) var links: [Link] = []
  private(set) var fanOut: FanOut?
  /// Of the links that a `DirectRead` asked, when it did; nil when there was none.
  private(set) var eras: InlineArray<4, UInt64>?
  /// The links of those that have told only which item they have, by their slots: one that is known to be a copy of what
  /// another link has sent.
  private(set) var knownItems: Set<Int> = []

  @inline(never)
  init(
    _ key: Key, _ chain: PlacementWalk, _ settings: ChainSettings, _ mode: ReadMode,
    without silent: Set<Int> = [], deadline: Instant
  ) {
    self.silent = silent
    self.key = key
    self.chain = chain
    self.deadline = deadline
    replicas = chain.replicas
    stage = settings.readMode == .parallel || mode == .newest ? chain.replicas : 1
    earlier = Findings(placementCount: chain.replicas)
    findings = earlier
  }

  /// The links to ask next: the placement first, then the reach where copies can be past it, and one more for
  /// each link that did not answer. None at the end.
  func nextLinks(reachIsOpen: Bool, where isUp: (Int) -> Bool) -> [Link] {
    let wanted = reachIsOpen ? stage : min(stage, replicas - findings.answeredCount)
    links = wanted > 0 ? chain.next(wanted, where: isUp) : []
    earlier = findings
    return links
  }

  func asked(_ fanOut: FanOut) { self.fanOut = fanOut }

  /// The links that were asked are the first ones of the chain.
  func begins(with read: DirectRead) -> Bool {
    var chain = chain
    return chain.next(read.count) { _ in true }.enumerated().allSatisfy { $1.node == read.node($0) }
  }

  /// Goes on from where the first `count` links of the chain have been asked.
  func takeOn(_ fanOut: FanOut, count: Int, eras: InlineArray<4, UInt64>) {
    links = chain.next(count) { _ in true }
    self.eras = eras
    self.fanOut = fanOut
  }

  func knowsItem(of slot: Int) { knownItems.insert(slot) }

  /// What was learned when all links of the placement hold the best copy; nil when they do not.
  func learned(_ findings: Findings) -> KnownCopies.Entry? {
    guard let eras, replicas > 1, replicas <= KnownCopies.mostLinks, let best = findings.best,
      let items = findings.items(of: best.copy.version)
    else { return nil }
    var entry = KnownCopies.Entry(key, best.copy.version)
    for (link, cas) in items { entry.items[link.position] = KnownItem(era: eras[link.position], cas: cas) }
    return entry
  }

  /// Takes in what the links that have answered hold. False when that is nothing to answer with and others are
  /// still to answer: a damaged copy ends no grace. Not inlined, for the reason given in Get.swift.
  @inline(never)
  func judge(isTrusted: (Int) -> Bool) -> Bool {
    guard let fanOut else { return true }
    findings = earlier
    findings.add(links, fanOut.replies, key, knownItems: knownItems, isTrusted: isTrusted)
    return findings.best != nil || fanOut.outstanding == 0
  }
}

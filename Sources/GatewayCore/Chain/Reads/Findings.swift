/// A copy and where it was found.
struct Finding {
  let link: Link
  let copy: StoredCopy
}

/// What the links of a chain were found to hold, in one read.
struct Findings {
  /// A link that misses the value or holds something that the best copy should replace.
  struct Outdated {
    let link: Link
    /// What to replace by compare-and-swap; nil: nothing is there, to be filled by add.
    let cas: UInt64?
    let version: Version?
    /// Those of the copy to replace.
    let chunks: ChunkList?
  }

  /// How many of the links asked first are the placement, and so are brought up to date.
  private let placementCount: Int
  private var askedCount = 0
  private var trusted: Finding?
  /// From nodes that came back lately and may not have been rid of everything old yet.
  private var unconfirmed: Finding?
  private var unconfirmedCount = 0
  private(set) var failed: [Link] = []
  private(set) var answeredCount = 0
  private var held: [Outdated] = []

  init(placementCount: Int) {
    self.placementCount = placementCount
  }

  /// The highest version found. Not one that a node alone has which is not trusted yet: another node must have
  /// some version of the key as well.
  var best: Finding? {
    guard let unconfirmed else { return trusted }
    guard let trusted else { return unconfirmedCount > 1 ? unconfirmed : nil }
    return unconfirmed.copy.version > trusted.copy.version ? unconfirmed : trusted
  }

  /// At least one link said what it holds.
  var someoneAnswered: Bool { answeredCount > 0 }

  /// Of several copies of the same version, the first in the chain counts. `knownItems`: those of the links that have
  /// told only which item they have, which is known to be a copy of what the first of the links has sent.
  mutating func add(
    _ links: [Link], _ replies: [NodeReply?], _ key: Key, knownItems: Set<Int> = [],
    isTrusted: (Int) -> Bool
  ) {
    var first: StoredCopy?
    for (slot, (link, reply)) in zip(links, replies).enumerated() {
      let isPlacement = askedCount < placementCount
      askedCount += 1
      guard reply != nil else { continue }
      let holding = Holding(reply, key: key, item: knownItems.contains(slot) ? first : nil)
      if slot == 0, case .copy(let copy) = holding { first = copy }
      add(link, holding, isPlacement, isTrusted(link.node))
    }
  }

  /// A reply that came after the read was answered. `item`: what a link that has told only which item it has is known to
  /// have.
  mutating func addLate(
    _ link: Link, _ reply: NodeReply?, _ key: Key, isTrusted: Bool, item: StoredCopy? = nil
  ) {
    if reply != nil { add(link, Holding(reply, key: key, item: item), true, isTrusted) }
  }

  private mutating func add(_ link: Link, _ holding: Holding, _ isPlacement: Bool, _ isTrusted: Bool) {
    switch holding {
    case .failed:
      failed.append(link)
    case .nothing:
      answeredCount += 1
      if isPlacement { held.append(Outdated(link: link, cas: nil, version: nil, chunks: nil)) }
    case .damaged(let cas):
      // Not an answer: what it held is unknown.
      failed.append(link)
      if isPlacement { held.append(Outdated(link: link, cas: cas, version: nil, chunks: nil)) }
    case .copy(let copy):
      answeredCount += 1
      if isTrusted {
        Self.keepHighest(&trusted, Finding(link: link, copy: copy))
      } else {
        Self.keepHighest(&unconfirmed, Finding(link: link, copy: copy))
        unconfirmedCount += 1
      }
      if isPlacement {
        held.append(
          Outdated(link: link, cas: copy.cas, version: copy.version, chunks: copy.record.chunks))
      }
    }
  }

  private static func keepHighest(_ best: inout Finding?, _ finding: Finding) {
    if best.map({ finding.copy.version > $0.copy.version }) ?? true { best = finding }
  }

  /// The links of the placement that miss the best copy or hold an older one.
  var outdated: [Outdated] {
    guard let best else { return [] }
    return held.filter { $0.version.map { $0 < best.copy.version } ?? true }
  }

  /// Under which CAS numbers the links of the placement hold this version; nil unless all of them do.
  func items(of version: Version) -> [(Link, cas: UInt64)]? {
    guard held.count == placementCount else { return nil }
    var items: [(Link, cas: UInt64)] = []
    for holding in held {
      guard holding.version == version, let cas = holding.cas, holding.link.isNatural else { return nil }
      items.append((holding.link, cas))
    }
    return items
  }

  var needRepair: Bool {
    guard let best else { return false }
    return held.contains { $0.version.map { $0 < best.copy.version } ?? true }
  }
}

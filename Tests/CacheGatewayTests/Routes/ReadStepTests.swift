import Testing

@testable import CacheGateway
@testable import GatewayCore

/// What a read's outcome calls for before its client is answered.
struct ReadStepTests {
  private let terms = LeaseTerms(seconds: 5, wait: .seconds(2))

  private func hit(staleFor seconds: UInt32? = nil) -> Hit {
    let staleness = seconds.map {
      Staleness(seconds: $0, windows: StaleWindows(whileRevalidate: 30, ifError: 300))
    }
    let record = Record(kind: .value, version: .plain, writtenAt: 0, body: .empty)
    return Hit(record: record, lifetime: .forever, staleness: staleness, link: 1, node: "a")
  }

  private func step(_ outcome: GetOutcome, _ lease: LeaseTerms? = nil, accepts: Int64? = nil) -> String {
    switch ReadStep(after: outcome, lease, acceptsStaleFor: { accepts }) {
    case .answer: "answer"
    case .claimRefresh: "claim"
    case .serveStale: "serve"
    case .lease(let terms): "lease of \(terms.seconds)"
    }
  }

  @Test func `a fresh value is answered, without a look at the request`() {
    for lease in [nil, terms] {
      let step = ReadStep(after: .hit(hit()), lease) {
        Issue.record("the request was looked at")
        return nil
      }
      guard case .answer = step else {
        Issue.record("\(step)")
        return
      }
    }
  }

  @Test func `a stale value is to be refreshed by one, who must not have failed to`() {
    #expect(step(.hit(hit(staleFor: 5))) == "claim")
    #expect(step(.hit(hit(staleFor: 5)), terms) == "claim")
    #expect(step(.hit(hit(staleFor: 5)), accepts: 0) == "answer")
  }

  @Test func `a lapsed value is for those who take one as stale`() {
    #expect(step(.lapsed(hit(staleFor: 50)), accepts: 50) == "serve")
    #expect(step(.lapsed(hit(staleFor: 50)), terms, accepts: .max) == "serve")
    #expect(step(.lapsed(hit(staleFor: 50)), accepts: 49) == "answer")
    #expect(step(.lapsed(hit(staleFor: 50))) == "answer")
    #expect(step(.lapsed(hit(staleFor: 50)), terms) == "lease of 5")
    #expect(step(.lapsed(hit(staleFor: 50)), terms, accepts: 49) == "lease of 5")
  }

  @Test func `only what is missing is leased`() {
    #expect(step(.miss(silent: [])) == "answer")
    #expect(step(.miss(silent: []), terms) == "lease of 5")
    #expect(step(.unreachable(silent: []), terms) == "answer")
  }

  @Test(arguments: [.zero, .milliseconds(1), .milliseconds(2500), LeaseTerms.longestWait] as [Duration])
  func `terms tell the wait in milliseconds`(wait: Duration) {
    #expect(LeaseTerms(seconds: 1, wait: wait).wait == wait)
  }
}

import GatewayCore

/// What a read's outcome calls for before its client is answered.
enum ReadStep {
  /// Nothing.
  case answer
  /// The value is stale: is this client the one to refresh it?
  case claimRefresh(Hit)
  /// The value is too stale for others, but better than what this client has, whose origin failed.
  case serveStale(Hit)
  /// There is none: is this client the one to fill the key?
  case lease(LeaseTerms)

  /// `acceptsStaleFor`: for how many seconds past its freshness the client takes a value because its origin
  /// failed; nil when that did not fail.
  init(after outcome: GetOutcome, _ lease: LeaseTerms?, acceptsStaleFor: () -> Int64?) {
    switch outcome {
    case .hit(let hit):
      // A client whose origin has just failed is not sent there.
      self = hit.staleness != nil && acceptsStaleFor() == nil ? .claimRefresh(hit) : .answer
    case .lapsed(let hit):
      let staleness = Int64(hit.staleness?.seconds ?? 0)
      if let most = acceptsStaleFor(), staleness <= most {
        self = .serveStale(hit)
      } else {
        self = Self.missing(lease)
      }
    case .miss: self = Self.missing(lease)
    case .unreachable: self = .answer
    }
  }

  private static func missing(_ lease: LeaseTerms?) -> ReadStep { lease.map { .lease($0) } ?? .answer }
}

/// `Cache-Control: stale-if-error` in a request (RFC 5861 section 4).
enum StaleIfError {
  /// The seconds that a request says; nil when it does not say a number.
  static func accepted(by client: any AnswerReceiver) -> Int64? {
    client.joinedHeader("Cache-Control").flatMap { seconds(CacheControl($0)) }
  }

  static func seconds(_ control: CacheControl) -> Int64? { (try? control.seconds("stale-if-error")) ?? nil }
}

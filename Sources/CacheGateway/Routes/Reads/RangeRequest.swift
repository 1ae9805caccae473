import GatewayCore

/// The fields Range and If-Range of a GET (RFC 9110 sections 14.2 and 13.1.5).
struct RangeRequest {
  /// What the client has a part of already.
  enum Condition: Equatable {
    case tag(EntityTag)
    /// Seconds since 1970.
    case date(Int64)
    /// A weak tag, a tag that this gateway never gave, or neither tag nor date.
    case never

    init(_ field: [UInt8], now: WallTime) {
      if let date = HTTPDate.seconds(field, now: now) {
        self = .date(date)
      } else if let list = try? EntityTagList(field, of: "If-Range"), case .tags(let items) = list,
        items.count == 1, !items[0].isWeak, let tag = items[0].tag
      {
        self = .tag(tag)
      } else {
        self = .never
      }
    }

    /// A date is only as good as a tag when a second has passed since: the value may have changed twice in one
    /// (section 8.8.2.2).
    func holds(for value: Validators, now: WallTime) -> Bool {
      switch self {
      case .tag(let tag): value.tag == tag
      case .date(let date):
        value.lastModified.map { Int64(clamping: $0) == date && $0 < now.seconds } ?? false
      case .never: false
      }
    }
  }

  let specs: [ByteRangeSpec]
  /// nil: the ranges are wanted in any case.
  let condition: Condition?

  /// nil when the whole value is wanted: without a Range, or with one that is to be ignored.
  init?(_ head: borrowing RequestHead, now: WallTime) {
    guard head.method == .get, head.fields.contains(.range),
      let specs = head.joinedHeader("Range").flatMap(ByteRangeSpec.list)
    else { return nil }
    let condition = head.fields.contains(.conditions) ? head.joinedHeader("If-Range") : nil
    self.init(specs: specs, condition: condition.map { Condition($0, now: now) })
  }

  init(specs: [ByteRangeSpec], condition: Condition?) {
    self.specs = specs
    self.condition = condition
  }

  func ranges(of value: Validators, length: Int, now: WallTime) -> ByteRanges {
    if let condition, !condition.holds(for: value, now: now) { return .whole }
    return ByteRanges(specs, length: length)
  }
}

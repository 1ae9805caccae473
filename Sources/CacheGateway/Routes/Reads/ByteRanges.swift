/// What the ranges that a client asks for are of a value of a certain length (RFC 9110 section 14.1.2).
enum ByteRanges: Equatable, Sendable {
  /// Range is to be ignored.
  case whole
  /// None of them empty, none touching another; in the order asked for.
  case parts([Range<Int>])
  /// None of them begins within the value.
  case unsatisfiable

  /// More parts than a client that resumes or seeks asks for. Many small parts cost more than the whole value
  /// (section 17.15).
  static let mostParts = 16

  init(_ specs: [ByteRangeSpec], length: Int) {
    let ranges = specs.compactMap { $0.range(length: length) }
    let parts = Self.coalesced(ranges)
    if ranges.isEmpty {
      self = .unsatisfiable
    } else if parts.count > Self.mostParts || parts.contains(where: \.isEmpty) {
      self = .whole
    } else {
      self = .parts(parts)
    }
  }

  /// With those that overlap or touch made one, which stands where the first of them stood (section 15.3.7.2).
  static func coalesced(_ ranges: [Range<Int>]) -> [Range<Int>] {
    var parts: [(range: Range<Int>, position: Int)] = []
    let ascending = ranges.indices.sorted { ranges[$0].lowerBound < ranges[$1].lowerBound }
    for position in ascending {
      let range = ranges[position]
      if let last = parts.last, range.lowerBound <= last.range.upperBound {
        let end = max(last.range.upperBound, range.upperBound)
        parts[parts.count - 1] = (last.range.lowerBound..<end, min(last.position, position))
      } else {
        parts.append((range, position))
      }
    }
    return parts.sorted { $0.position < $1.position }.map(\.range)
  }
}

extension ByteRangeSpec {
  /// nil when it cannot be satisfied. Empty for the end of a value of no bytes, which no Content-Range can
  /// tell.
  fileprivate func range(length: Int) -> Range<Int>? {
    switch self {
    case .from(let first, let last):
      first < length ? first..<(min(last ?? .max, length - 1) + 1) : nil
    case .last(let count):
      count > 0 ? max(0, length - count)..<length : nil
    }
  }
}

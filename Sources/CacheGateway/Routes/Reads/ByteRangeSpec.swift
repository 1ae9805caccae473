/// One element of a Range field in bytes, as the client sent it (RFC 9110 section 14.1.2). Numbers too large to
/// count stand for the largest one.
enum ByteRangeSpec: Equatable, Sendable {
  /// `first-last` or `first-`. Both count.
  case from(Int, through: Int?)
  /// `-count`: so many at the end.
  case last(Int)

  /// More than any client has use for: so many are sorted and coalesced while other requests wait.
  static let most = 256

  /// What a Range field asks for; nil when it is to be ignored: for a unit other than bytes, for what is no
  /// list of ranges, for a range that ends before it begins, and for more than `most` of them
  /// (sections 14.1.1 and 14.2).
  static func list(_ field: [UInt8]) -> [ByteRangeSpec]? {
    guard let equals = field.firstIndex(of: UInt8(ascii: "=")) else { return nil }
    let unit = String(decoding: field[..<equals].withoutOuterSpace, as: UTF8.self)
    guard unit.lowercased() == "bytes" else { return nil }
    let elements = field[(equals + 1)...].split(separator: UInt8(ascii: ",")).map(\.withoutOuterSpace)
      .filter { !$0.isEmpty }
    guard !elements.isEmpty, elements.count <= most else { return nil }
    let specs = elements.compactMap(ByteRangeSpec.init)
    return specs.count == elements.count ? specs : nil
  }

  private init?(_ element: ArraySlice<UInt8>) {
    guard let dash = element.firstIndex(of: UInt8(ascii: "-")) else { return nil }
    let (first, last) = (element[..<dash], element[(dash + 1)...])
    switch (Self.number(first), Self.number(last)) {
    case (let first?, let last?) where first <= last: self = .from(first, through: last)
    case (let first?, nil) where last.isEmpty: self = .from(first, through: nil)
    case (nil, let count?) where first.isEmpty: self = .last(count)
    default: return nil
    }
  }

  /// nil for what is no number, nothing included.
  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    guard !digits.isEmpty, digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return Int(String(decoding: digits, as: UTF8.self)) ?? .max
  }
}

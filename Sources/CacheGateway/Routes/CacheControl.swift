/// The directives of a Cache-Control field (RFC 9111 section 5.2): separated by commas, with names in any case
/// and arguments that may be quoted. Those not asked for are ignored.
struct CacheControl {
  private let directives: [(name: String, argument: String)]

  init(_ field: [UInt8]) {
    directives = String(decoding: field, as: UTF8.self).split(separator: ",").map { directive in
      let parts = directive.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let argument = parts.count == 2 ? Self.trimmed(parts[1]).filter { $0 != "\"" } : ""
      return (parts.first.map(Self.trimmed)?.lowercased() ?? "", argument)
    }
  }

  /// The number of seconds that the first directive of this name has; nil when there is none. `Int64.max` for a
  /// number too large to count (RFC 9111 section 1.2.2).
  func seconds(_ name: String) throws(NotSeconds) -> Int64? {
    guard let argument = directives.first(where: { $0.name == name })?.argument else { return nil }
    guard !argument.isEmpty, argument.utf8.allSatisfy({ (48...57).contains($0) }) else {
      throw NotSeconds(description: "Cache-Control: \(name)='\(argument)' is not a number of seconds")
    }
    return Int64(argument) ?? .max
  }

  private static func trimmed(_ text: Substring) -> String {
    String(text.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
  }

  struct NotSeconds: Error, CustomStringConvertible {
    let description: String
  }
}

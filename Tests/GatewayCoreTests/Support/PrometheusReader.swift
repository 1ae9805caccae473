/// Reads Prometheus' text format by its description, independently of what writes it, and refuses what the
/// description does not allow.
struct PrometheusReader {
  struct Refused: Error, CustomStringConvertible {
    let description: String
  }

  struct Family: Equatable {
    var help: String?
    var kind: String?
    /// By labels, as `name=value`.
    var samples: [[String]: Double] = [:]
  }

  private(set) var families: [String: Family] = [:]
  private var current = ""

  init(_ text: String) throws {
    guard text.isEmpty || text.hasSuffix("\n") else { throw Refused(description: "the last line has no end") }
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
      var scanner = Scanner(line)
      try read(&scanner)
    }
  }

  private mutating func read(_ line: inout Scanner) throws {
    if line.skip("# HELP ") { return try readComment(&line, \.help) { try $0.help() } }
    if line.skip("# TYPE ") { return try readComment(&line, \.kind) { try $0.kind() } }
    try readSample(&line)
  }

  private mutating func readComment(
    _ line: inout Scanner, _ field: WritableKeyPath<Family, String?>,
    _ value: (inout Scanner) throws -> String
  ) throws {
    let name = try line.name()
    if name != current, families[name] != nil { throw Refused(description: "\(name) comes twice") }
    current = name
    guard line.skip(" ") else { throw Refused(description: "no space after \(name)") }
    var family = families[name] ?? Family()
    guard family[keyPath: field] == nil, family.samples.isEmpty else {
      throw Refused(description: "HELP and TYPE of \(name) come once, and first")
    }
    family[keyPath: field] = try value(&line)
    families[name] = family
  }

  private mutating func readSample(_ line: inout Scanner) throws {
    let name = try line.name()
    guard name == current else { throw Refused(description: "a sample of \(name) among those of \(current)") }
    let labels = try line.labels()
    guard line.skip(" "), let value = Double(line.rest), !line.rest.contains(" ") else {
      throw Refused(description: "no value: \(line.rest)")
    }
    guard families[name]?.samples.updateValue(value, forKey: labels.sorted()) == nil else {
      throw Refused(description: "the series \(name) \(labels) comes twice")
    }
  }

  /// What is left of a line.
  private struct Scanner {
    var rest: Substring

    init(_ line: Substring) { rest = line }

    mutating func skip(_ text: String) -> Bool {
      guard rest.hasPrefix(text) else { return false }
      rest = rest.dropFirst(text.count)
      return true
    }

    mutating func name() throws -> String {
      let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "_:".contains($0)) }
      guard let first = name.first, !first.isNumber else { throw Refused(description: "no name: \(rest)") }
      rest = rest.dropFirst(name.count)
      return String(name)
    }

    mutating func help() throws -> String {
      try text(upTo: nil, escapes: ["\\": "\\", "n": "\n"])
    }

    mutating func kind() throws -> String {
      guard ["counter", "gauge", "histogram", "summary", "untyped"].contains(rest) else {
        throw Refused(description: "no type: \(rest)")
      }
      return String(rest)
    }

    mutating func labels() throws -> [String] {
      guard skip("{") else { return [] }
      var labels: [String] = []
      while !skip("}") {
        let name = try name()
        guard !name.contains(":"), skip("=\"") else { throw Refused(description: "no label: \(rest)") }
        labels.append("\(name)=\(try text(upTo: "\"", escapes: ["\\": "\\", "n": "\n", "\"": "\""]))")
        guard skip(",") || rest.hasPrefix("}") else { throw Refused(description: "no label: \(rest)") }
      }
      return labels
    }

    /// Un-escapes. nil: up to the line's end.
    mutating func text(upTo end: Character?, escapes: [Character: Character]) throws -> String {
      var text = ""
      while let next = rest.popFirst() {
        if next == end { return text }
        if next != "\\" {
          text.append(next)
        } else if let escaped = rest.popFirst().flatMap({ escapes[$0] }) {
          text.append(escaped)
        } else {
          throw Refused(description: "no escape: \\\(rest)")
        }
      }
      if end != nil { throw Refused(description: "the label has no end") }
      return text
    }
  }
}

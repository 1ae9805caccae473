import Yams

/// A mistake in the configuration and where it stands.
public struct ConfigurationMistake: Error, Equatable, Sendable, CustomStringConvertible {
  /// "gateway.yaml:12", "--replicas", "CACHE_GATEWAY_REPLICAS".
  public let place: String
  public let message: String

  public var description: String { "\(place): \(message)" }
}

/// Reads the YAML file.
struct ConfigurationFile {
  private let name: String
  private(set) var mistakes: [ConfigurationMistake] = []

  /// `name` is what mistakes call the file.
  init(name: String) {
    self.name = name
  }

  mutating func read(_ text: String, into configuration: inout Configuration) {
    do {
      guard let root = try Yams.compose(yaml: text), !Self.isNothing(root) else { return }
      guard let mapping = root.mapping else {
        return complain(root, "the file must be a mapping of options to values")
      }
      apply(mapping, prefix: "", &configuration)
    } catch let error as YamlError {
      complainSyntax(error, text)
    } catch {
      mistakes.append(ConfigurationMistake(place: name, message: "\(error)"))
    }
  }

  private mutating func apply(
    _ mapping: Yams.Node.Mapping, prefix: String, _ configuration: inout Configuration
  ) {
    var seen: Set<String> = []
    for (key, value) in mapping {
      let option = prefix + (key.string ?? "?")
      guard seen.insert(option).inserted else {
        complain(key, "\(option) is given twice")
        continue
      }
      switch option {
      case "nodes": readNodes(value, &configuration)
      case "timeouts":
        if let nested = value.mapping {
          apply(nested, prefix: "timeouts.", &configuration)
        } else {
          complain(value, "timeouts must be a mapping such as {connect: 100ms}")
        }
      default: applyScalar(option, key, value, &configuration)
      }
    }
  }

  private mutating func applyScalar(
    _ name: String, _ key: Yams.Node, _ value: Yams.Node, _ configuration: inout Configuration
  ) {
    guard let option = ConfigurationOption.all.first(where: { $0.name == name }) else {
      return complain(key, "unknown option '\(name)'")
    }
    guard let text = value.scalar?.string else {
      return complain(value, "\(name) must have a single value")
    }
    do {
      try option.apply(&configuration, text)
    } catch {
      complain(value, "\(name): \(error)")
    }
  }

  private mutating func readNodes(_ list: Yams.Node, _ configuration: inout Configuration) {
    guard let sequence = list.sequence else {
      return complain(list, "nodes must be a list such as [{name: a, address: 10.0.0.1:11211}]")
    }
    for entry in sequence {
      if let node = readNode(entry) { configuration.nodes.append(node) }
    }
  }

  /// nil when something is wrong with it, which has been told.
  private mutating func readNode(_ entry: Yams.Node) -> NodeConfiguration? {
    if let text = entry.scalar?.string {
      return value(entry) { () throws(SyntaxError) in try ValueSyntax.node(text) }
    }
    guard let mapping = entry.mapping else {
      complain(entry, "nodes: a node must be {name: …, address: host:port}")
      return nil
    }
    let before = mistakes.count
    for (key, _) in mapping where !["name", "address", "weight"].contains(key.string ?? "") {
      complain(key, "nodes: unknown option '\(key.string ?? "?")'")
    }
    guard let address = mapping["address"] else {
      complain(entry, "nodes: a node needs an address: {name: a, address: host:port}")
      return nil
    }
    let endpoint = scalar(address) { text throws(SyntaxError) in try ValueSyntax.endpoint(text) }
    let name = scalar(mapping["name"] ?? address) { text throws(SyntaxError) in try ValueSyntax.nodeName(text)
    }
    let weight = mapping["weight"].map { node in
      scalar(node) { text throws(SyntaxError) in try ValueSyntax.weight(text) }
    }
    guard mistakes.count == before, let endpoint, let name else { return nil }
    return NodeConfiguration(
      name: name, host: endpoint.host, port: endpoint.port, weight: (weight ?? 1) ?? 1)
  }

  /// A node's single value, read by `read`; nil when that fails, which has been told.
  private mutating func scalar<Value>(
    _ node: Yams.Node, _ read: (String) throws(SyntaxError) -> Value
  ) -> Value? {
    guard let text = node.scalar?.string else {
      complain(node, "nodes: a single value is needed here")
      return nil
    }
    return value(node) { () throws(SyntaxError) in try read(text) }
  }

  private mutating func value<Value>(
    _ node: Yams.Node, _ read: () throws(SyntaxError) -> Value
  ) -> Value? {
    do {
      return try read()
    } catch {
      complain(node, "nodes: \(error)")
      return nil
    }
  }

  /// Counted from 1. The parser tells only where the whole mapping begins.
  private static func line(ofSecond key: String, in text: String) -> Int? {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    let places = lines.filter { $0.element.drop { $0 == " " }.hasPrefix("\(key):") }.map { $0.offset + 1 }
    return places.count > 1 ? places[1] : nil
  }

  private mutating func complain(_ node: Yams.Node, _ message: String) {
    let place = node.mark.map { "\(name):\($0.line)" } ?? name
    mistakes.append(ConfigurationMistake(place: place, message: message))
  }

  /// A file of comments, or with an empty document.
  private static func isNothing(_ root: Yams.Node) -> Bool {
    guard let scalar = root.scalar, scalar.style == .plain else { return false }
    return ["", "~", "null"].contains(scalar.string)
  }

  private mutating func complainSyntax(_ error: YamlError, _ text: String) {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      mistakes.append(ConfigurationMistake(place: "\(name):\(mark.line)", message: problem))
    case .duplicatedKeysInMapping(let duplicates, let context):
      for key in duplicates {
        let line = Self.line(ofSecond: key, in: text) ?? context.mark.line
        mistakes.append(ConfigurationMistake(place: "\(name):\(line)", message: "\(key) is given twice"))
      }
    default:
      mistakes.append(ConfigurationMistake(place: name, message: "\(error)"))
    }
  }
}

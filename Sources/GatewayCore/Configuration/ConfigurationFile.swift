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
      guard let root = try Yams.compose(yaml: text) else { return }
      guard let mapping = root.mapping else {
        return complain(root, "the file must be a mapping of options to values")
      }
      apply(mapping, prefix: "", &configuration)
    } catch let error as YamlError {
      complainSyntax(error)
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

  private mutating func readNode(_ entry: Yams.Node) -> NodeConfiguration? {
    do {
      if let text = entry.scalar?.string { return try ValueSyntax.node(text) }
      guard let mapping = entry.mapping else {
        throw SyntaxError("a node must be {name: …, address: host:port}")
      }
      return try node(mapping)
    } catch let error as SyntaxError {
      complain(entry, "nodes: \(error)")
    } catch {
      complain(entry, "nodes: \(error)")
    }
    return nil
  }

  private mutating func node(_ mapping: Yams.Node.Mapping) throws -> NodeConfiguration {
    for (key, _) in mapping where !["name", "address", "weight"].contains(key.string ?? "") {
      complain(key, "nodes: unknown option '\(key.string ?? "?")'")
    }
    guard let address = mapping["address"]?.scalar?.string else {
      throw SyntaxError("a node needs an address: {name: a, address: host:port}")
    }
    let endpoint = try ValueSyntax.endpoint(address)
    return NodeConfiguration(
      name: try ValueSyntax.nodeName(mapping["name"]?.scalar?.string ?? address), host: endpoint.host,
      port: endpoint.port,
      weight: try mapping["weight"]?.scalar.map { try ValueSyntax.weight($0.string) } ?? 1)
  }

  private mutating func complain(_ node: Yams.Node, _ message: String) {
    let place = node.mark.map { "\(name):\($0.line)" } ?? name
    mistakes.append(ConfigurationMistake(place: place, message: message))
  }

  private mutating func complainSyntax(_ error: YamlError) {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      mistakes.append(ConfigurationMistake(place: "\(name):\(mark.line)", message: problem))
    case .duplicatedKeysInMapping(let duplicates, let context):
      let keys = duplicates.joined(separator: ", ")
      mistakes.append(
        ConfigurationMistake(place: "\(name):\(context.mark.line)", message: "given twice: \(keys)"))
    default:
      mistakes.append(ConfigurationMistake(place: name, message: "\(error)"))
    }
  }
}

/// Where a configuration comes from: a file, then the environment over it, then the command line over both.
public struct ConfigurationSources {
  /// The file's name and text.
  public var file: (name: String, text: String)?
  public var environment: [String: String] = [:]
  /// Flags with a value, by option name.
  public var flags: [(option: String, value: String)] = []
  /// `--node`, each.
  public var nodes: [String] = []

  public init() {}

  /// The configuration, or every mistake in it.
  public func load() throws(ConfigurationMistakes) -> Configuration {
    var configuration = Configuration()
    var mistakes: [ConfigurationMistake] = []
    readFile(&configuration, &mistakes)
    readEnvironment(&configuration, &mistakes)
    readFlags(&configuration, &mistakes)
    if mistakes.isEmpty {
      let place = file?.name ?? "configuration"
      mistakes = configuration.contradictions().map { ConfigurationMistake(place: place, message: $0) }
    }
    guard mistakes.isEmpty else { throw ConfigurationMistakes(mistakes: mistakes) }
    return configuration
  }

  private func readFile(_ configuration: inout Configuration, _ mistakes: inout [ConfigurationMistake]) {
    guard let file else { return }
    var reader = ConfigurationFile(name: file.name)
    reader.read(file.text, into: &configuration)
    mistakes += reader.mistakes
  }

  private func readEnvironment(_ configuration: inout Configuration, _ mistakes: inout [ConfigurationMistake])
  {
    for option in ConfigurationOption.all {
      guard let value = environment[option.variable] else { continue }
      apply(option, value, place: option.variable, &configuration, &mistakes)
    }
    if let list = environment["CACHE_GATEWAY_NODES"] {
      let texts = list.split(separator: ",").map(String.init)
      replaceNodes(texts, place: "CACHE_GATEWAY_NODES", &configuration, &mistakes)
    }
  }

  private func readFlags(_ configuration: inout Configuration, _ mistakes: inout [ConfigurationMistake]) {
    for flag in flags {
      guard let option = ConfigurationOption.all.first(where: { $0.name == flag.option }) else { continue }
      apply(option, flag.value, place: "--\(option.flag)", &configuration, &mistakes)
    }
    if !nodes.isEmpty { replaceNodes(nodes, place: "--node", &configuration, &mistakes) }
  }

  private func apply(
    _ option: ConfigurationOption, _ value: String, place: String, _ configuration: inout Configuration,
    _ mistakes: inout [ConfigurationMistake]
  ) {
    do {
      try option.apply(&configuration, value)
    } catch {
      mistakes.append(ConfigurationMistake(place: place, message: "\(error)"))
    }
  }

  private func replaceNodes(
    _ texts: [String], place: String, _ configuration: inout Configuration,
    _ mistakes: inout [ConfigurationMistake]
  ) {
    configuration.nodes = []
    for text in texts {
      do throws(SyntaxError) {
        configuration.nodes.append(try ValueSyntax.node(text))
      } catch {
        mistakes.append(ConfigurationMistake(place: place, message: "\(error)"))
      }
    }
  }
}

/// Every mistake of a configuration, in the order found.
public struct ConfigurationMistakes: Error, CustomStringConvertible {
  public let mistakes: [ConfigurationMistake]

  public var description: String { mistakes.map(\.description).joined(separator: "\n") }
}

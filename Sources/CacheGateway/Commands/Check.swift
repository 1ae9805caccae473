import ArgumentParser
import GatewayCore

/// Validates a configuration file and prints every mistake with its line.
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Validate a configuration file.")

  @Argument(help: "The YAML file.")
  var file: String

  func run() throws {
    var sources = ConfigurationSources()
    sources.file = (file, try TextFile.exiting { () throws(FileError) in try TextFile.read(file) })
    do {
      _ = try sources.load()
      print("\(file) is valid")
    } catch {
      print(error)
      throw ExitCode.failure
    }
  }
}

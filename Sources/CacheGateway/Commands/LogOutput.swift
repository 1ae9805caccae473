import GatewayCore
import Logging

/// Logs go to standard error, as text or as one JSON object a line.
enum LogOutput {
  static func bootstrap(_ configuration: Configuration) {
    let level = Logger.Level(rawValue: configuration.logLevel.rawValue) ?? .info
    let format = configuration.logFormat
    LoggingSystem.bootstrap { label in
      var handler: any LogHandler =
        format == .json ? JSONLogHandler() : StreamLogHandler.standardError(label: label)
      handler.logLevel = level
      return handler
    }
  }
}

/// One JSON object a line, with the fields time, level, message and those of the metadata.
struct JSONLogHandler: LogHandler {
  var logLevel = Logger.Level.info
  var metadata: Logger.Metadata = [:]

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var line = "{\"time\":\"\(Timestamp.now())\",\"level\":\"\(event.level)\","
    line += "\"message\":\"\(JSONText.escape(event.message.description))\""
    let all = metadata.merging(event.metadata ?? [:]) { $1 }
    for (name, value) in all.sorted(by: { $0.key < $1.key }) {
      line += ",\"\(JSONText.escape(name))\":\"\(JSONText.escape(value.description))\""
    }
    StandardError.print(line + "}")
  }
}

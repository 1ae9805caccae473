import Logging

@testable import GatewayCore

extension MissedWrites {
  static func inMemory() -> MissedWrites {
    MissedWrites(node: "node", journal: nil, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  }
}

import Logging

@testable import GatewayCore

/// What a gateway that has ended left in its state directory.
enum EarlierRun {
  static func leave(_ entries: [JournalEntry], forNode name: String, in directory: TemporaryDirectory) throws
  {
    let state = try StateDirectory(configured: directory.path, environment: [:])
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let journal = try state.journal(forNode: name, logger: logger).storage
    for entry in entries { try journal.append(JournalFormat.encode(entry)) }
  }
}

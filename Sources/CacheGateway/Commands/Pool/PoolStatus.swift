import GatewayCore

/// The pool as `/nodes` tells it.
struct PoolStatus: Equatable {
  /// Enough for several thousand nodes of thirty values each.
  private static let limits = JSONReader.Limits(depth: 8, values: 200_000)

  var nodes: [NodeStatus] = []
  var rebalance: TransferStatus?

  subscript(name: String) -> NodeStatus? { nodes.first { $0.name == name } }
}

extension PoolStatus {
  init(json: Bytes) throws(AdminError) {
    let fields = AnswerFields(try Self.read(json))
    guard case .array(let values)? = fields.value["nodes"] else { throw .misunderstood("nodes is no list") }
    for value in values { nodes.append(try NodeStatus(AnswerFields(value))) }
    rebalance = try fields.object("rebalance").map { value throws(AdminError) in try TransferStatus(value) }
  }

  private static func read(_ json: Bytes) throws(AdminError) -> JSONValue {
    do {
      return try JSONReader.read(json, limits: limits)
    } catch {
      throw .misunderstood("it is no JSON, \(error)")
    }
  }
}

extension NodeStatus {
  /// As `json` tells it.
  init(_ fields: AnswerFields) throws(AdminError) {
    self.init(
      name: try fields.text("name"), address: try fields.endpoint("address"),
      weight: try fields.number("weight"))
    state = try fields.choice("state")
    membership = try fields.choice("membership")
    timeInState = try fields.duration("secondsInState")
    timeUntilTrusted = try fields.durationOrNull("secondsUntilTrusted")
    lastFallReason = try fields.textOrNull("lastFallReason")
    flaps = try fields.integer("flaps")
    missedWrites = try fields.integer("missedWrites")
    flushOnReturn = try fields.truth("flushOnReturn")
    processID = try fields.integerOrNull("processId")
    restore = try fields.object("restore").map { value throws(AdminError) in try TransferStatus(value) }
  }
}

extension TransferStatus {
  /// As `json` tells it.
  init(_ fields: AnswerFields) throws(AdminError) {
    self.init(state: try fields.choice("state"))
    source = try fields.textOrNull("source")
    keysDone = try fields.integer("keysDone")
    keysToGo = try fields.integer("keysToGo")
    bytesDone = try fields.integer("bytesDone")
    bytesToGo = try fields.integer("bytesToGo")
    bytesPerSecond = try fields.integer("bytesPerSecond")
    timeLeft = try fields.durationOrNull("secondsLeft")
    timeTaken = try fields.duration("secondsTaken")
    reason = try fields.textOrNull("reason")
  }
}

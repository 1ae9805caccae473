import GatewayCore

/// How a batch's results are sent.
enum BatchFormat: Equatable {
  /// One object with all results, in the order of the operations.
  case json
  /// One object a line for each result, with its index, in the order in which they were done.
  case lines

  /// From the request's Accept (RFC 9110 section 12.5.1): lines where it names them and does not refuse them.
  init(accept: String?) {
    let ranges = (accept ?? "").split(separator: ",").map { $0.lowercased() }
    self = ranges.contains(where: Self.wantsLines) ? .lines : .json
  }

  private static func wantsLines(_ range: String) -> Bool {
    let parts = range.split(separator: ";").map { part in part.filter { $0 != " " && $0 != "\t" } }
    guard parts.first == "application/x-ndjson" else { return false }
    return !parts.dropFirst().contains {
      $0.hasPrefix("q=0") && $0.dropFirst(3).allSatisfy { ".0".contains($0) }
    }
  }

  /// Begins the batch, and hands its answer to `client`: lines while they come, or everything in the end.
  func answer(_ run: BatchRun, for client: any AnswerReceiver, on coordinator: isolated Coordinator) {
    switch self {
    case .json: run.start(for: BatchDocument(count: run.count, for: client), on: coordinator)
    case .lines:
      let lines = BatchLines()
      client.receive(Response(200, .stream(lines)).adding("Content-Type", "application/x-ndjson"))
      run.start(for: lines, on: coordinator)
    }
  }
}

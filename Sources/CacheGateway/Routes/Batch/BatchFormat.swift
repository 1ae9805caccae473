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

  func response(_ run: BatchRun) -> Response {
    var json = JSONWriter()
    switch self {
    case .json: Self.appendAll(run, to: &json)
    case .lines: for index in run.done { Self.appendLine(run, index, to: &json) }
    }
    return Response(200, body: json.finish()).adding("Content-Type", mediaType)
  }

  private var mediaType: String { self == .json ? "application/json" : "application/x-ndjson" }

  private static func appendAll(_ run: BatchRun, to json: inout JSONWriter) {
    json.beginObject()
    json.name("results")
    json.beginArray()
    for index in 0..<run.done.count { run.result(index)?.append(to: &json) }
    json.endArray()
    json.endObject()
    json.endLine()
  }

  /// One result by itself.
  static func appendLine(_ run: BatchRun, _ index: Int, to json: inout JSONWriter) {
    run.result(index)?.append(index: index, to: &json)
    json.endLine()
  }
}

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
    case .json:
      run.start(on: coordinator, whenDone: { client.receive(Self.whole(run)) })
    case .lines:
      let lines = BatchLines()
      client.receive(Response(200, .stream(lines)).adding("Content-Type", "application/x-ndjson"))
      run.start(on: coordinator, eachDone: { lines.append(Self.line(run, $0)) }, whenDone: lines.end)
    }
  }

  private static func whole(_ run: BatchRun) -> Response {
    var json = JSONWriter()
    appendAll(run, to: &json)
    return Response(200, body: json.finish()).adding("Content-Type", "application/json")
  }

  private static func appendAll(_ run: BatchRun, to json: inout JSONWriter) {
    json.beginObject()
    json.name("results")
    json.beginArray()
    for index in 0..<run.count { run.result(index)?.append(to: &json) }
    json.endArray()
    json.endObject()
    json.endLine()
  }

  /// One result by itself.
  private static func line(_ run: BatchRun, _ index: Int) -> Bytes {
    var json = JSONWriter()
    run.result(index)?.append(index: index, to: &json)
    json.endLine()
    return json.finish()
  }
}

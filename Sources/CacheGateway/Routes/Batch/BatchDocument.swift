import GatewayCore

/// Takes the results of a batch, in whatever order they come.
protocol BatchResults: AnyObject {
  /// Of the operation at `index`; once for each.
  func add(_ index: Int, _ result: BatchResult)

  /// The same of a get, in a form that costs less.
  func add(_ index: Int, _ value: ReadValue)

  /// All have come.
  func end()
}

/// An answer in one piece, in the order of the operations. Results are written as they come, one behind the other, and
/// put in order in the end.
final class BatchDocument: BatchResults {
  private static let beginning: StaticString = "{\"results\":["
  private static let ending: StaticString = "]}\n"
  /// Room for a result at first, in bytes: a hit of a hundred bytes.
  private static let usualResult = 256

  private let client: any AnswerReceiver
  private var results: JSONWriter
  /// By operation.
  private var places: [Range<Int>]

  init(count: Int, for client: any AnswerReceiver) {
    self.client = client
    results = JSONWriter(capacity: count * Self.usualResult)
    places = Array(repeating: 0..<0, count: count)
  }

  func add(_ index: Int, _ result: BatchResult) {
    let start = begin()
    result.append(to: &results)
    places[index] = start..<results.count
  }

  func add(_ index: Int, _ value: ReadValue) {
    let start = begin()
    BatchResult.append(value, to: &results)
    places[index] = start..<results.count
  }

  /// A line for each, so that no comma is set between them.
  private func begin() -> Int {
    results.endLine()
    return results.count
  }

  func end() {
    var document = JSONWriter(
      capacity: Self.beginning.utf8CodeUnitCount + results.count + places.count
        + Self.ending.utf8CodeUnitCount)
    document.literal(Self.beginning)
    for (index, place) in places.enumerated() {
      if index > 0 { document.literal(",") }
      results.withPart(place) { document.literal($0) }
    }
    document.literal(Self.ending)
    client.receive(Response(200, body: document.finish()).adding("Content-Type", "application/json"))
  }
}

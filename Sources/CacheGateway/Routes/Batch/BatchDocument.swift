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
/// put in order in the end. Those with longer values are written in the end only: to encode them takes time in which
/// the other replies of the nodes, which have but so long, would not be read.
final class BatchDocument: BatchResults {
  private enum Place {
    /// In what is written so far.
    case written(Range<Int>)
    case kept(BatchResult)
    case keptValue(ReadValue)
  }

  private static let beginning: StaticString = "{\"results\":["
  private static let ending: StaticString = "]}\n"
  /// Room for a result at first, in bytes: a hit of a hundred bytes.
  private static let usualResult = 256
  /// Values up to so many bytes are written at once: some microseconds each.
  private static let longestWritten = 4 * 1024

  private let client: any AnswerReceiver
  private var results: JSONWriter
  /// By operation.
  private var places: [Place]
  /// Bytes that the results which are kept take, where no value has to be escaped.
  private var keptCount = 0

  init(count: Int, for client: any AnswerReceiver) {
    self.client = client
    results = JSONWriter(capacity: count * Self.usualResult)
    places = Array(repeating: .written(0..<0), count: count)
  }

  func add(_ index: Int, _ result: BatchResult) {
    if result.valueCount > Self.longestWritten {
      places[index] = .kept(result)
      keptCount += result.valueCount + Self.usualResult
    } else {
      let start = begin()
      result.append(to: &results)
      places[index] = .written(start..<results.count)
    }
  }

  func add(_ index: Int, _ value: ReadValue) {
    if value.body.count > Self.longestWritten {
      places[index] = .keptValue(value)
      keptCount += value.body.count + Self.usualResult
    } else {
      let start = begin()
      BatchResult.append(value, to: &results)
      places[index] = .written(start..<results.count)
    }
  }

  /// A line for each, so that no comma is set between them.
  private func begin() -> Int {
    results.endLine()
    return results.count
  }

  func end() {
    var document = JSONWriter(capacity: capacity)
    document.literal(Self.beginning)
    for index in places.indices { append(index, to: &document) }
    document.literal(Self.ending)
    client.receive(Response(200, body: document.finish()).adding("Content-Type", "application/json"))
  }

  /// With a comma behind each.
  private var capacity: Int {
    Self.beginning.utf8CodeUnitCount + results.count + keptCount + places.count
      + Self.ending.utf8CodeUnitCount
  }

  /// Lets go of a value that was kept.
  private func append(_ index: Int, to document: inout JSONWriter) {
    let place = places[index]
    places[index] = .written(0..<0)
    switch place {
    case .written(let range):
      if index > 0 { document.literal(",") }
      results.withPart(range) { document.literal($0) }
    case .kept(let result): result.append(to: &document)
    case .keptValue(let value): BatchResult.append(value, to: &document)
    }
  }
}

import GatewayCore

/// `/batch`: many operations in one request.
final class BatchRoute: Sendable {
  static let path = "/batch"
  private static let allowed = "POST, OPTIONS"
  /// 16 MiB: what is read in one go, in some milliseconds. Larger values go one by one.
  private static let mostBody = 16 << 20

  fileprivate let reader: BatchReader
  fileprivate let answers: KeyAnswers
  private let pool: NodePool

  init(_ configuration: Configuration, pool: NodePool) {
    let maxValueSize = configuration.maxValueSize
    let storesVersions = configuration.chain.valueFormat == .record
    reader = BatchReader(
      standardLifetime: configuration.defaultLifetime,
      storesVersions: storesVersions,
      longestValue: { key, contentType, encoding in
        // Plain values have no chunks (rule C12).
        storesVersions
          ? maxValueSize
          : min(maxValueSize, pool.longestBody(for: key, contentType: contentType, contentEncoding: encoding))
      })
    answers = KeyAnswers(configuration)
    self.pool = pool
  }

  func plan(_ head: borrowing RequestHead) -> Plan {
    switch head.method {
    case .options: return .answer(Response(204).adding("Allow", Self.allowed))
    case .post: break
    default: return .answer(Problem.methodNotAllowed(Self.allowed).response)
    }
    do throws(Refusal) {
      return .perform(try request(head), mostBody: Self.mostBody)
    } catch {
      return .answer(error.problem.response)
    }
  }

  private func request(_ head: borrowing RequestHead) throws(Refusal) -> BatchRequest {
    guard JSONMediaType.matches(head.header("Content-Type") ?? "") else { throw Refusal(.batchMediaType) }
    let accept = head.joinedHeader("Accept").map { String(decoding: $0, as: UTF8.self) }
    return BatchRequest(
      self, BatchFormat(accept: accept), try RequestPreferences.readMode(head),
      quorum: try RequestPreferences.quorum(head, pool))
  }
}

/// A batch whose head has been read and checked.
private final class BatchRequest: PlannedRequest {
  private let route: BatchRoute
  private let format: BatchFormat
  private let readMode: ReadMode
  private let quorum: Int?

  init(_ route: BatchRoute, _ format: BatchFormat, _ readMode: ReadMode, quorum: Int?) {
    self.route = route
    self.format = format
    self.readMode = readMode
    self.quorum = quorum
  }

  func perform(body: Bytes, for client: any AnswerReceiver, on coordinator: isolated Coordinator) {
    do throws(Refusal) {
      let run = BatchRun(try route.reader.operations(body, quorum: quorum), readMode, route.answers)
      format.answer(run, for: client, on: coordinator)
    } catch {
      client.receive(error.problem.response)
    }
  }

  func tooLarge(mostBody: Int) -> Response {
    Problem.batchTooLarge("a batch has at most \(mostBody) bytes").response
  }
}

import GatewayCore

/// Problems of POST /batch.
extension Problem {
  static func invalidBatch(_ detail: String) -> Problem {
    Problem(status: 400, name: "invalid-batch", title: "The body is no batch", detail: detail)
  }

  static func batchTooLarge(_ detail: String) -> Problem {
    Problem(status: 413, name: "batch-too-large", title: "The batch is too large", detail: detail)
  }

  static let batchMediaType = Problem(
    status: 415, name: "unsupported-media-type", title: "This kind of body is not taken",
    detail: "a batch is sent with Content-Type: application/json")

  static func invalidOperation(_ detail: String) -> Problem {
    Problem(status: 400, name: "invalid-operation", title: "The operation is not valid", detail: detail)
  }

  static let answerFull = Problem(
    status: 413, name: "batch-answer-full", title: "The batch's answer is full",
    detail: "the values in an answer have at most \(BatchRun.mostValueBytes) bytes together: "
      + "get this one by another request")

  static let batchOutOfTime = Problem(
    status: 503, name: "batch-out-of-time", title: "The batch took too long",
    detail: "earlier operations of the batch took all the time there was: this one was not begun",
    retryAfter: 1)

  /// Where it is said of a header field or a parameter, a batch has a member of the operation.
  var ofOperation: Problem {
    let names = ["invalid-header", "invalid-parameter"]
    return names.contains("\(name)") ? .invalidOperation(detail) : self
  }
}

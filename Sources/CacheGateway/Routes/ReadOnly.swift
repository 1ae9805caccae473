extension Plan {
  private static let readingMethods = "GET, HEAD, OPTIONS"

  /// For what can only be read. The body of an answer to HEAD is left out where it is sent.
  static func reading(_ method: Method, _ response: () -> Response) -> Plan {
    switch method {
    case .get, .head: .answer(response())
    case .options: .answer(Response(204).adding("Allow", readingMethods))
    default: .answer(Problem.methodNotAllowed(readingMethods).response)
    }
  }
}

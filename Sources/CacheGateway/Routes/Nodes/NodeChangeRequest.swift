import GatewayCore

/// A request to change the pool, read and checked as far as that goes without its body.
final class NodeChangeRequest: PlannedRequest {
  private let route: NodesRoute
  /// nil: what the body says of the node.
  private let change: NodeChange?
  private let name: String

  init(_ route: NodesRoute, _ change: NodeChange) {
    self.route = route
    self.change = change
    name = change.name
  }

  /// A PUT.
  init(_ route: NodesRoute, putOf name: String) {
    self.route = route
    change = nil
    self.name = name
  }

  func perform(body: Bytes, for client: any AnswerReceiver, on coordinator: isolated Coordinator) {
    // Both are confined to the loop's thread.
    nonisolated(unsafe) let request = self
    nonisolated(unsafe) let client = client
    _ = Task.immediate(executorPreference: coordinator.loop) {
      client.receive(await request.answer(body, on: coordinator))
    }
  }

  func tooLarge(mostBody: Int) -> Response {
    (change == nil ? Problem.nodeTooLarge(limit: mostBody) : .unexpectedBody).response
  }

  private func answer(_ body: Bytes, on coordinator: isolated Coordinator) async -> Response {
    do throws(Refusal) {
      let status = try await carryOut(try wanted(body), coordinator)
      if status == 204 { return Response(status) }
      let answer = try route.status(of: name, status)
      return status == 201
        ? answer.adding("Location", NodesRoute.prefix + PercentEncoding.encode(name)) : answer
    } catch {
      return error.problem.response
    }
  }

  private func wanted(_ body: Bytes) throws(Refusal) -> NodeChange {
    if let change { return change }
    return try NodeFields(body).change(of: name)
  }

  private func carryOut(
    _ change: NodeChange, _ coordinator: isolated Coordinator
  ) async throws(Refusal) -> UInt32 {
    do throws(PoolChangeError) {
      return try await change.perform(on: coordinator)
    } catch {
      throw Refusal(error.problem)
    }
  }
}

import GatewayCore

/// Asks a gateway's admin listener, each request over a connection of its own. Only that is ever asked, so
/// this is as much HTTP (RFC 9112) as it speaks.
struct AdminClient {
  let endpoint: Endpoint

  /// `/nodes`, as it came.
  func poolJSON() throws(AdminError) -> Bytes { try ask("GET", "/nodes").body }

  func pool() throws(AdminError) -> PoolStatus { try PoolStatus(json: try poolJSON()) }

  /// Of a node; the status of the answer.
  func change(
    _ method: String, _ name: String, _ action: NodeAction? = nil, body: String? = nil
  ) throws(AdminError) -> Int {
    let path = NodesRoute.prefix + PercentEncoding.encode(name) + (action.map { "/\($0.rawValue)" } ?? "")
    return try ask(method, path, body: body).status
  }

  private func ask(
    _ method: String, _ path: String, body: String? = nil
  ) throws(AdminError) -> AdminResponse {
    guard let response = AdminResponse(try exchange(Self.request(method, path, endpoint, body))) else {
      throw .misunderstood("it is no whole HTTP/1.1 answer")
    }
    guard (200..<300).contains(response.status) else { throw Self.error(response) }
    return response
  }

  private func exchange(_ request: [UInt8]) throws(AdminError) -> [UInt8] {
    do throws(ConnectionError) {
      let connection = try AdminConnection(to: endpoint)
      try connection.send(request)
      return try connection.receiveToEnd()
    } catch {
      throw .unavailable(endpoint, reason: "\(error)")
    }
  }

  private static func request(
    _ method: String, _ path: String, _ endpoint: Endpoint, _ body: String?
  ) -> [UInt8] {
    var lines = ["\(method) \(path) HTTP/1.1", "Host: \(endpoint)", "Connection: close"]
    if let body { lines += ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"] }
    return Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")).utf8)
  }

  /// The problem's detail.
  private static func error(_ response: AdminResponse) -> AdminError {
    guard let problem = try? JSONReader.read(response.body), case .string(let detail)? = problem["detail"]
    else {
      return .misunderstood("it has the status \(response.status) and no problem document")
    }
    return .refused(detail.printable)
  }
}

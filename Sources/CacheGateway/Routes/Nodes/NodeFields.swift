import GatewayCore

/// The body of a PUT of a node. Each error names the member that is at fault.
struct NodeFields: Equatable {
  /// In bytes. The longest address and weight take some hundred.
  static let longestBody = 4096
  /// In bytes: a host name has at most 253 (RFC 1035 section 2.3.4).
  private static let longestText = 300
  private static let limits = JSONReader.Limits(depth: 2, values: 16, members: 4)

  /// nil: an existing node is meant, and there is a weight.
  let address: Endpoint?
  let weight: Double?

  init(_ body: Bytes) throws(Refusal) {
    let document = try Self.document(body)
    guard case .object(let members) = document else { throw Refusal(.invalidNode("the body is no object")) }
    for member in members where !member.name.equals("address") && !member.name.equals("weight") {
      throw Refusal(.invalidNode("'\(Self.shown(member.name))' is no member: there are address and weight"))
    }
    address = try Self.address(document["address"])
    weight = try Self.weight(document["weight"])
    if address == nil, weight == nil {
      throw Refusal(.invalidNode("address is missing; for a node that is there already, weight"))
    }
  }

  func change(of name: String) -> NodeChange {
    let weight = weight ?? 1
    guard let address else { return .reweight(name, weight) }
    return .add(NodeConfiguration(name: name, host: address.host, port: address.port, weight: weight))
  }

  private static func document(_ body: Bytes) throws(Refusal) -> JSONValue {
    do throws(JSONError) {
      return try JSONReader.read(body, limits: limits)
    } catch {
      throw Refusal(.invalidNode("the body is no JSON with address and weight: \(error)"))
    }
  }

  private static func address(_ value: JSONValue?) throws(Refusal) -> Endpoint? {
    guard let value else { return nil }
    guard case .string(let text) = value, text.count <= longestText else {
      throw Refusal(.invalidNode("address: it must be a string, such as 10.0.0.11:11211"))
    }
    return try read("address") { () throws(SyntaxError) in try ValueSyntax.endpoint(text.text) }
  }

  private static func weight(_ value: JSONValue?) throws(Refusal) -> Double? {
    guard let value else { return nil }
    guard case .number(let text) = value, text.count <= longestText else {
      throw Refusal(.invalidNode("weight: it must be a number from 0.001 to 1000"))
    }
    return try read("weight") { () throws(SyntaxError) in try ValueSyntax.weight(text.text) }
  }

  private static func read<Value>(
    _ member: String, _ value: () throws(SyntaxError) -> Value
  ) throws(Refusal) -> Value {
    do {
      return try value()
    } catch {
      throw Refusal(.invalidNode("\(member): \(error)"))
    }
  }

  /// As much of a name as is worth telling.
  private static func shown(_ name: Bytes) -> String {
    String(decoding: name.buffer.prefix(64), as: UTF8.self)
  }
}

import GatewayCore
import Testing

@testable import CacheGateway

struct NodeFieldsTests {
  private func fields(_ json: String) throws -> NodeFields { try NodeFields(Bytes(json.utf8)) }

  private func mistake(_ json: String) -> Problem? {
    do throws(Refusal) {
      _ = try NodeFields(Bytes(json.utf8))
      return nil
    } catch {
      return error.problem
    }
  }

  @Test func `an address makes a new node, of weight 1 unless it says another`() throws {
    guard case .add(let node) = try fields(#"{"address":"[::1]:11211"}"#).change(of: "a") else {
      throw SetupError("it adds no node")
    }
    #expect(node == NodeConfiguration(name: "a", host: "::1", port: 11211, weight: 1))
    guard case .add(let heavy) = try fields(#"{"weight":2.5e1,"address":"b:1"}"#).change(of: "a") else {
      throw SetupError("it adds no node")
    }
    #expect(heavy == NodeConfiguration(name: "a", host: "b", port: 1, weight: 25))
  }

  @Test func `a weight alone is for a node that is there`() throws {
    guard case .reweight("a", 0.001) = try fields(#" { "weight" : 0.001 } "#).change(of: "a") else {
      throw SetupError("it does not change the weight")
    }
  }

  @Test(arguments: [
    (#"{"address":5}"#, "address"), (#"{"address":null}"#, "address"), (#"{"address":""}"#, "address"),
    (#"{"address":"a"}"#, "address"), (#"{"address":"a:0"}"#, "address"),
    (#"{"address":"a:65536"}"#, "address"),
    (#"{"address":"a b:1"}"#, "address"), (#"{"address":"a:1","weight":0}"#, "weight"),
    (#"{"weight":"2"}"#, "weight"), (#"{"weight":1001}"#, "weight"), (#"{"weight":-1}"#, "weight"),
    (#"{"weight":1e999}"#, "weight"), (#"{"weight":null}"#, "weight"), (#"{"weight":true}"#, "weight"),
    (#"{"weight":[2]}"#, "weight"), (#"{"wieght":2}"#, "'wieght'"), (#"{"name":"a","weight":2}"#, "'name'"),
    (#"{}"#, "address"), (#"[]"#, "object"), (#"2"#, "object"), (#""#, "JSON"), (#"{"weight":2"#, "JSON"),
    (#"{"weight":2,"weight":3}"#, "JSON"), (#"{"weight":02}"#, "JSON"), (#"[[[[]]]]"#, "JSON"),
  ])
  func `a mistake is told with the member at fault`(json: String, named: String) throws {
    let problem = try #require(mistake(json))
    #expect("\(problem.name)" == "invalid-node")
    #expect(problem.status == 400)
    #expect(problem.detail.contains(named))
  }

  @Test func `texts longer than any address are not quoted`() throws {
    let long = String(repeating: "a", count: 3000)
    for json in [
      #"{"address":"\#(long)"}"#, #"{"weight":\#(String(repeating: "1", count: 3000))}"#, #"{"\#(long)":1}"#,
    ] {
      #expect(try #require(mistake(json)).detail.utf8.count < 200)
    }
  }
}

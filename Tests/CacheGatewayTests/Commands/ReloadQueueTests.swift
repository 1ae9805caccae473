import GatewayCore
import Testing

@testable import CacheGateway

struct ReloadQueueTests {
  private func configuration(_ node: String) -> Configuration {
    var configuration = Configuration()
    configuration.nodes = [NodeConfiguration(name: node, host: "h", port: 1)]
    return configuration
  }

  @Test func `one at a time is carried out, and of those that wait the last`() {
    let queue = ReloadQueue()
    #expect(queue.add(configuration("a")))
    #expect(queue.next()?.nodes.first?.name == "a")
    #expect(!queue.add(configuration("b")))
    #expect(!queue.add(configuration("c")))
    #expect(queue.next()?.nodes.first?.name == "c")
    #expect(queue.next() == nil)
    #expect(queue.add(configuration("d")))
  }
}

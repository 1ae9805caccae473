import Testing

@testable import GatewayCore

struct PrometheusTextTests {
  @Test func `a metric is its help, its type and its samples, a line each`() {
    let family = PrometheusText.Family(
      name: "things_total", kind: .counter, help: "Things.", label: "place",
      samples: [("here", 1), ("there", -2)])
    #expect(
      PrometheusText.render([family, family]).split(separator: "\n").prefix(4) == [
        "# HELP things_total Things.", "# TYPE things_total counter", "things_total{place=\"here\"} 1",
        "things_total{place=\"there\"} -2",
      ])
    #expect(PrometheusText.render([family]).hasSuffix("\n"))
  }

  @Test func `what would break out of its place is escaped`() {
    let family = PrometheusText.Family(
      name: "a", kind: .gauge, help: "a\\b\n\"c\"", label: "d", samples: [("e\\f\n\"g\"", 0)])
    #expect(
      PrometheusText.render([family])
        == "# HELP a a\\\\b\\n\"c\"\n# TYPE a gauge\na{d=\"e\\\\f\\n\\\"g\\\"\"} 0\n")
  }

  @Test(arguments: [
    "a 1", "# TYPE a gauge\na{b=\"c\"} 1\na{b=\"c\"} 2\n", "# TYPE a gauge\nb 1\n", "# TYPE a bauge\n",
    "# TYPE a gauge\na{b=\"c} 1\n", "# TYPE a gauge\na one\n", "# TYPE a gauge\na 1\n# HELP a late\n",
    "# TYPE a gauge\n# TYPE b gauge\n# HELP a again\n", "# TYPE a gauge\na{b=\"\\c\"} 1\n",
    "# TYPE 1a gauge\n",
  ])
  func `the reader of these tests refuses what is not allowed`(text: String) {
    #expect(throws: PrometheusReader.Refused.self) { try PrometheusReader(text) }
  }
}

import GatewayCore
import Testing

@testable import CacheGateway

/// What Cache-Control says of a value's freshness and its stale windows.
struct RequestLifetimeTests {
  private static let longest = UInt32(ValueSyntax.longestLifetime)

  private func lifetime(
    _ control: String, ttl: Lifetime? = nil, standard: Lifetime = .forever, keepsWindows: Bool = true
  ) throws -> (Lifetime, StaleWindows) {
    try RequestLifetime(standard: standard, keepsWindows: keepsWindows)
      .lifetime(ttl, CacheControl(Array(control.utf8)))
  }

  struct Case: Sendable {
    let control: String
    let fresh: UInt32
    let whileRevalidate: UInt32
    let ifError: UInt32
  }

  @Test(arguments: [
    Case(control: "max-age=60", fresh: 60, whileRevalidate: 0, ifError: 0),
    Case(
      control: "max-age=60, stale-while-revalidate=30, stale-if-error=300", fresh: 60, whileRevalidate: 30,
      ifError: 300),
    Case(control: "Stale-If-Error=5,MAX-AGE=60", fresh: 60, whileRevalidate: 0, ifError: 5),
    Case(
      control: "max-age=\"60\",\tstale-while-revalidate=\"7\" ", fresh: 60, whileRevalidate: 7, ifError: 0),
    Case(
      control: "max-age=60, stale-if-error=1, stale-if-error=2", fresh: 60, whileRevalidate: 0, ifError: 1),
    Case(control: "max-age=60, stale-while-revalidate=0", fresh: 60, whileRevalidate: 0, ifError: 0),
    Case(control: "max-age=1, x-stale-if-error=9, stale", fresh: 1, whileRevalidate: 0, ifError: 0),
    // In all, nothing is kept for more than ten years.
    Case(
      control: "max-age=60, stale-if-error=99999999999999999999", fresh: 60, whileRevalidate: 0,
      ifError: longest - 60),
    Case(
      control: "max-age=99999999999999999999, stale-if-error=5", fresh: longest, whileRevalidate: 0,
      ifError: 0),
  ])
  func `the directives are read`(example: Case) throws {
    let (lifetime, windows) = try lifetime(example.control)
    #expect(lifetime == Lifetime(seconds: example.fresh))
    #expect(
      windows == StaleWindows(whileRevalidate: example.whileRevalidate, ifError: example.ifError),
      "\(example.control)")
  }

  @Test func `ttl goes before max-age, and has the windows as well`() throws {
    let (lifetime, windows) = try lifetime(
      "max-age=x, stale-if-error=5", ttl: Lifetime(seconds: 100), standard: Lifetime(seconds: 7))
    #expect(lifetime == Lifetime(seconds: 100))
    #expect(windows == StaleWindows(whileRevalidate: 0, ifError: 5))
  }

  @Test func `the default lifetime has windows, unless it is without a limit`() throws {
    let (_, windows) = try lifetime("stale-if-error=5", standard: Lifetime(seconds: 7))
    #expect(windows == StaleWindows(whileRevalidate: 0, ifError: 5))
    #expect(try lifetime("stale-if-error=5").1 == .none)
  }

  @Test func `where values can have no windows they are left out`() throws {
    #expect(try lifetime("max-age=60, stale-if-error=5", keepsWindows: false).1 == .none)
  }

  @Test(
    arguments: ["max-age", "stale-while-revalidate", "stale-if-error"], ["", "=", "=x", "=-1", "=1.5", "=+1"])
  func `what is no number of seconds is refused, by its name`(name: String, argument: String) throws {
    let others = name == "max-age" ? "" : "max-age=60, "
    do {
      _ = try lifetime("\(others)\(name)\(argument)")
      Issue.record("\(name)\(argument) was taken")
    } catch let refusal as Refusal {
      #expect(refusal.problem.status == 400)
      #expect(refusal.problem.detail.hasPrefix("Cache-Control: \(name)='"))
    }
  }

  @Test(
    arguments: [
      ("stale-if-error=30", 30), ("max-age=0, Stale-If-Error=\"5\"", 5), ("stale-if-error=0", 0),
      ("stale-if-error=99999999999999999999", .max), ("stale-if-error", nil), ("stale-if-error=x", nil),
      ("no-cache", nil), ("", nil),
    ] as [(String, Int64?)])
  func `a request says for how long past its freshness it takes a value`(control: String, seconds: Int64?) {
    #expect(StaleIfError.seconds(CacheControl(Array(control.utf8))) == seconds)
  }
}

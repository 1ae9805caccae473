import GatewayCore
import Testing

@testable import CacheGateway

struct RequestLeaseTests {
  @Test(arguments: [("1", 1), ("5s", 5), ("05s", 5), ("60s", 60), ("1m", 60)] as [(String, UInt32)])
  func `a lease lasts 1 to 60 seconds`(text: String, seconds: UInt32) throws {
    #expect(try RequestPreferences.leaseSeconds(text) == seconds)
  }

  @Test(arguments: ["", "0", "0s", "61", "61s", "2m", "1h", "500ms", "1.5", "-1", "x", "5 s", "5S"])
  func `anything else is refused, by its name`(text: String) throws {
    do throws(Refusal) {
      _ = try RequestPreferences.leaseSeconds(text)
      Issue.record("\(text) was taken")
    } catch {
      #expect(error.problem.status == 400)
      #expect(error.problem.detail.hasPrefix("Cache-Gateway-Lease: '\(text)'"))
    }
  }

  @Test(arguments: [
    ("1ms", 1), ("250ms", 250), ("2", 2000), ("2s", 2000), ("30s", 30_000), ("30000ms", 30_000),
  ])
  func `a wait lasts 1 millisecond to 30 seconds`(text: String, milliseconds: Int) throws {
    #expect(try RequestPreferences.leaseWait(text) == .milliseconds(milliseconds))
  }

  @Test(arguments: ["", "0", "0ms", "31", "30001ms", "1m", "1.5s", "-1", "x", "2 s"])
  func `any other wait is refused, by its name`(text: String) throws {
    do throws(Refusal) {
      _ = try RequestPreferences.leaseWait(text)
      Issue.record("\(text) was taken")
    } catch {
      #expect(error.problem.status == 400)
      #expect(error.problem.detail.hasPrefix("Cache-Gateway-Wait: '\(text)'"))
    }
  }
}

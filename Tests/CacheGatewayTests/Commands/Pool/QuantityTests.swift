import Testing

@testable import CacheGateway

struct QuantityTests {
  @Test(arguments: [
    (0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-1000, "-1,000"),
    (Int.max, "9,223,372,036,854,775,807"), (Int.min, "-9,223,372,036,854,775,808"),
  ])
  func `thousands are set apart`(number: Int, text: String) {
    #expect(Quantity.count(number) == text)
  }

  @Test(arguments: [
    (0, "0 B"), (-1, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1535, "1.4 KiB"), (1536, "1.5 KiB"),
    (1_048_575, "1023.9 KiB"), (1 << 20, "1.0 MiB"), (2_147_483_648, "2.0 GiB"), (Int.max, "8192.0 PiB"),
  ])
  func `bytes are told in the largest unit that they fill`(bytes: Int, text: String) {
    #expect(Quantity.bytes(bytes) == text)
  }

  @Test(arguments: [
    (Duration.zero, "0 ms"), (.milliseconds(-5), "0 ms"), (.milliseconds(999), "999 ms"),
    (.milliseconds(12_345), "12.3 s"), (.milliseconds(59_999), "59.9 s"), (.seconds(60), "1 min 0 s"),
    (.seconds(3599), "59 min 59 s"), (.seconds(7500), "2 h 5 min"),
    (.seconds(86_400 * 4 + 3600 * 3), "4 d 3 h"),
  ])
  func `times are told in two units`(time: Duration, text: String) {
    #expect(Quantity.time(time) == text)
  }

  @Test func `whole weights have no decimals`() {
    #expect(Quantity.weight(2) == "2")
    #expect(Quantity.weight(0.001) == "0.001")
  }
}

import HistoryChecker
import Testing

/// Conditional writes that were acknowledged though their condition did not hold.
@Suite struct ConditionTests {
  private func replace(
    _ number: Int, of expected: UInt64, _ start: Int64, _ end: Int64, _ outcome: Operation.Outcome,
    version made: UInt64? = nil, client: Int = 0, key: Int = 1
  ) -> Operation {
    operation(
      .replace(number, expected: version(expected)), start, end, outcome, version: made, client: client,
      key: key)
  }

  private let first = operation(.put(1), 0, 5, .done, version: 1)

  @Test func `two writes that replaced the same version are caught`() {
    let history = [
      first, replace(2, of: 1, 10, 20, .done, version: 2),
      replace(3, of: 1, 12, 22, .done, version: 3, client: 1),
    ]
    #expect(violations(history) == [.twoWinners])
  }

  @Test func `one winner and refused rivals pass`() {
    let history = [
      first, replace(2, of: 1, 10, 20, .done, version: 2), replace(3, of: 1, 12, 22, .refused, client: 1),
      replace(4, of: 1, 12, 22, .unknown, client: 2), replace(5, of: 2, 30, 35, .done, version: 3),
    ]
    #expect(violations(history).isEmpty)
  }

  @Test func `the same version of two keys is not the same version`() {
    let history = [
      first, operation(.put(9), 0, 5, .done, version: 1, key: 2),
      replace(2, of: 1, 10, 20, .done, version: 2), replace(3, of: 1, 12, 22, .done, version: 3, key: 2),
    ]
    #expect(violations(history).isEmpty)
  }

  @Test func `a write that replaced what had been overwritten before is caught`() {
    let history = [
      first, operation(.put(2), 10, 15, .done, version: 2), replace(3, of: 1, 20, 25, .done, version: 3),
    ]
    #expect(violations(history) == [.staleCondition])
  }

  @Test func `a write that replaced what was overwritten meanwhile passes`() {
    let history = [
      first, operation(.put(2), 10, 22, .done, version: 3, client: 1),
      replace(3, of: 1, 20, 25, .done, version: 2),
    ]
    #expect(violations(history).isEmpty)
  }

  @Test func `two writes that found nothing pass, since a register may become absent at any time`() {
    let history = [
      operation(.putIfAbsent(1), 0, 5, .done, version: 1),
      operation(.putIfAbsent(2), 10, 15, .done, version: 2),
    ]
    #expect(violations(history).isEmpty)
  }
}

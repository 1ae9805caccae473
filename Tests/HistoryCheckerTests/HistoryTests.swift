import HistoryChecker
import Testing

/// The checker is shown to catch each kind of violation in what clients did and saw.
@Suite struct HistoryTests {
  @Test func `a history without faults passes`() {
    #expect(
      violations([
        operation(.get, 0, 5, .missing), operation(.put(1), 10, 20, .done, version: 1),
        operation(.get, 30, 40, .found(1), version: 1), operation(.put(2), 50, 60, .done, version: 2),
        operation(.get, 55, 58, .found(1), version: 1, client: 1), operation(.get, 70, 80, .missing),
        operation(.delete, 90, 95, .done, version: 3), operation(.get, 100, 110, .missing),
      ]).isEmpty)
  }

  @Test func `a value that nobody wrote is caught`() {
    #expect(violations([operation(.get, 0, 5, .found(7))]) == [.foreignValue])
    #expect(violations([operation(.get, 0, 5, .found(nil))]) == [.foreignValue])
  }

  @Test func `a value written to another key is caught`() {
    let history = [operation(.put(1), 0, 5, .done, key: 2), operation(.get, 10, 20, .found(1), key: 1)]
    #expect(violations(history) == [.foreignValue])
  }

  @Test func `a value from the future is caught`() {
    #expect(
      violations([operation(.get, 0, 5, .found(1)), operation(.put(1), 10, 20, .done)]) == [.futureValue])
  }

  @Test func `a stale value is caught`() {
    let history = [
      operation(.put(1), 0, 5, .done), operation(.put(2), 10, 15, .done), operation(.get, 20, 25, .found(1)),
    ]
    #expect(violations(history) == [.staleValue])
  }

  @Test func `a deleted value that is back is caught`() {
    let history = [
      operation(.put(1), 0, 5, .done), operation(.delete, 10, 15, .done), operation(.get, 20, 25, .found(1)),
    ]
    #expect(violations(history) == [.resurrectedValue])
  }

  @Test func `a write without an answer may take effect at any time`() {
    let history = [
      operation(.put(1), 0, 5, .unknown), operation(.put(2), 10, 15, .done),
      operation(.get, 20, 25, .found(1)),
    ]
    #expect(violations(history).isEmpty)
  }

  @Test func `concurrent writes may be read in any order`() {
    let history = [
      operation(.put(1), 0, 20, .done), operation(.put(2), 10, 15, .done), operation(.get, 30, 35, .found(1)),
    ]
    #expect(violations(history).isEmpty)
  }

  @Test func `a version that falls for one client is caught`() {
    let history = [
      operation(.put(1), 0, 50, .done, version: 1, client: 1),
      operation(.put(2), 0, 50, .done, version: 2, client: 2),
      operation(.get, 60, 65, .found(2), version: 2), operation(.get, 70, 75, .found(1), version: 1),
    ]
    #expect(violations(history) == [.fallingVersion])
  }

  @Test func `versions against real time are caught`() {
    let history = [
      operation(.put(1), 0, 5, .done, version: 2, client: 1),
      operation(.put(2), 10, 15, .done, version: 1, client: 2),
    ]
    #expect(violations(history) == [.versionAgainstTime])
  }

  @Test func `versions of different keys, gateways and clients have no order for a client`() {
    let read = { (version: UInt64, start: Int64, client: Int, gateway: Int, key: Int) in
      operation(
        .get, start, start + 5, .found(Int(version)), version: version, client: client, gateway: gateway,
        key: key)
    }
    let writes = [
      operation(.put(1), 0, 50, .done, version: 1, client: 7),
      operation(.put(2), 0, 50, .done, version: 2, client: 8),
      operation(.put(3), 0, 50, .done, version: 3, client: 9, key: 2),
    ]
    #expect(
      violations(
        writes + [read(3, 60, 0, 0, 2), read(2, 70, 0, 0, 1), read(1, 80, 1, 0, 1), read(1, 90, 0, 1, 1)]
      ).isEmpty)
    #expect(violations(writes + [read(2, 70, 0, 0, 1), read(1, 80, 0, 0, 1)]) == [.fallingVersion])
  }

  @Test func `operations of one client that overlap may see versions in any order`() {
    let history = [
      operation(.put(1), 0, 50, .done, version: 1, client: 1),
      operation(.put(2), 0, 50, .done, version: 2, client: 2),
      operation(.get, 60, 75, .found(2), version: 2), operation(.get, 70, 80, .found(1), version: 1),
    ]
    #expect(violations(history).isEmpty)
  }

  @Test func `equal versions of two writes in a row are caught`() {
    let history = [
      operation(.put(1), 0, 5, .done, version: 1), operation(.delete, 10, 15, .done, version: 1, client: 1),
    ]
    #expect(violations(history) == [.versionAgainstTime])
  }

  @Test func `a value read with another version than its write answered is caught`() {
    let history = [
      operation(.put(1), 0, 5, .done, version: 3), operation(.get, 10, 15, .found(1), version: 4),
    ]
    #expect(violations(history) == [.wrongVersion])
  }

  @Test func `a write that was refused and is read is caught`() {
    #expect(
      violations([operation(.putIfAbsent(1), 0, 5, .refused), operation(.get, 10, 20, .found(1))])
        == [.refusedValue])
    #expect(
      violations([
        operation(.replace(1, expected: version(1)), 0, 5, .refused), operation(.get, 1, 2, .found(1)),
      ]) == [.refusedValue])
  }

  @Test func `a write that was refused replaces nothing`() {
    let history = [
      operation(.put(1), 0, 5, .done, version: 1), operation(.putIfAbsent(2), 10, 15, .refused, version: 1),
      operation(.get, 20, 25, .found(1), version: 1),
    ]
    #expect(violations(history).isEmpty)
  }

  @Test(arguments: [
    Operation.Kind.put(2), .putIfAbsent(2), .replace(2, expected: version(1)), .delete,
  ])
  func `every kind of write replaces what stood before`(kind: Operation.Kind) {
    let history = [
      operation(.put(1), 0, 5, .done, version: 1), operation(kind, 10, 15, .done, version: 2),
      operation(.get, 20, 25, .found(1), version: 1, client: 1),
    ]
    #expect(violations(history) == [kind == .delete ? .resurrectedValue : .staleValue])
  }

  @Test func `a finding names the operation that is contradicted`() {
    let newer = operation(.put(2), 10, 15, .done, version: 2)
    let read = operation(.get, 20, 25, .found(1))
    let findings = HistoryChecker([operation(.put(1), 0, 5, .done, version: 1), newer, read]).findings()
    #expect(findings.map(\.operation) == [read])
    #expect(findings.map(\.contradicts) == [newer])
  }

  @Test func `one bad read among many thousands of good ones is found, whatever the order of the lines`() {
    var history: [Operation] = []
    for number in 0..<20_000 {
      let start = Int64(number * 10)
      let kind: Operation.Kind = number % 2 == 0 ? .put(number) : .get
      let outcome: Operation.Outcome = number % 2 == 0 ? .done : .found(number - 1)
      history.append(
        operation(kind, start, start + 5, outcome, version: UInt64(number / 2), client: number % 16))
    }
    let bad = operation(.get, 200_000, 200_005, .found(19_000), version: 9_500, client: 99)
    #expect(violations(history).isEmpty)
    let findings = HistoryChecker([bad] + history.reversed()).findings()
    #expect(findings.map(\.violation) == [.staleValue])
    #expect(findings.first?.contradicts?.kind == .put(19_998))
  }
}

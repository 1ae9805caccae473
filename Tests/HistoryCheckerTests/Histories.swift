import GatewayCore
import HistoryChecker

/// An operation from nanosecond to nanosecond, with a version of that time.
func operation(
  _ kind: Operation.Kind, _ start: Int64, _ end: Int64, _ outcome: Operation.Outcome,
  version: UInt64? = nil, client: Int = 0, gateway: Int = 0, key: Int = 1
) -> Operation {
  Operation(
    client: client, gateway: gateway, key: key, kind: kind, start: Instant(nanoseconds: start),
    end: Instant(nanoseconds: end), outcome: outcome, version: version.map { Version(time: $0, writer: 1) })
}

func version(_ time: UInt64) -> Version { Version(time: time, writer: 1) }

func violations(_ operations: [Operation]) -> [Violation] {
  HistoryChecker(operations).violations().map(\.0)
}

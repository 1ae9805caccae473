import GatewayCore

extension HeaderText {
  /// As further directives of Cache-Control.
  mutating func append(_ windows: StaleWindows) {
    if windows.whileRevalidate > 0 {
      append(", stale-while-revalidate=")
      append(decimal: UInt64(windows.whileRevalidate))
    }
    if windows.ifError > 0 {
      append(", stale-if-error=")
      append(decimal: UInt64(windows.ifError))
    }
  }
}

extension Response {
  /// To an answer 404: who is to fill the key. Others may come again in a second.
  func adding(_ lease: LeaseResult.Lease?) -> Response {
    switch lease {
    case .granted: adding("Cache-Gateway-Lease", "granted")
    case .taken: adding("Retry-After", "1").adding("Cache-Gateway-Lease", "taken")
    case nil: self
    }
  }
}

import Glibc

enum Environment {
  /// The variables of these names that are set. To be read before any thread is started.
  static func values(of names: [String]) -> [String: String] {
    var values: [String: String] = [:]
    for name in names {
      if let value = getenv(name) { values[name] = String(cString: value) }
    }
    return values
  }
}

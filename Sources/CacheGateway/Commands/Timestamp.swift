import Glibc

/// The current time as RFC 3339 writes it.
enum Timestamp {
  static func now() -> String {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    var fields = tm()
    gmtime_r(&time.tv_sec, &fields)
    var text = [CChar](repeating: 0, count: 32)
    strftime(&text, text.count, "%Y-%m-%dT%H:%M:%S", &fields)
    let milliseconds = String(1000 + time.tv_nsec / 1_000_000).dropFirst()
    let seconds = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return "\(seconds).\(milliseconds)Z"
  }
}

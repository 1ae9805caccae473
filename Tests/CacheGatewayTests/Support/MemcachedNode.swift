import Glibc
import Testing

@testable import GatewayCore

/// A memcached process at a port of its own.
final class MemcachedNode {
  let name: String
  let port: UInt16
  private let options: [String]
  private var process: ChildProcess?

  /// Starts it. A missing memcached is a failure.
  init(name: String, options: [String] = []) throws {
    self.name = name
    self.options = options
    port = try Ports.reserve()
    try start()
  }

  /// Starts it, empty, at the same port as before.
  func start() throws {
    guard let executable = SearchPath.find("memcached") else {
      throw SetupError("memcached was not found on PATH: install it (Debian: apt-get install memcached)")
    }
    // It refuses to run as root.
    let user = geteuid() == 0 ? ["-u", "nobody"] : []
    let process = try ChildProcess(
      executable, ["-l", "127.0.0.1", "-p", "\(port)", "-U", "0", "-t", "1", "-m", "64"] + user + options)
    self.process = process
    try eventually("memcached accepts connections at port \(port)") {
      guard process.isRunning else { throw SetupError("memcached ended: \(process.errorOutput)") }
      return Loopback.accepts(port)
    }
  }

  /// SIGKILL.
  func kill() { process?.kill() }

  /// SIGSTOP: it hangs, and what arrives waits in its sockets.
  func pause() { process?.pause() }

  func resume() { process?.signal(SIGCONT) }

  // MARK: What it holds

  struct Item: Equatable {
    var value: [UInt8]
    var flags: UInt32
    /// Seconds; nil: without limit.
    var lifetime: Int?
  }

  /// Looks without counting as a use.
  func item(_ key: String) throws -> Item? {
    let stream = try Stream(port: port)
    try stream.send("mg \(wire(key)) v f t\r\n")
    let words = try stream.receiveLine().split(separator: " ")
    guard words.first == "VA", words.count == 4, let length = Int(words[1]) else { return nil }
    let value = try stream.receive(length)
    let lifetime = Int(words[3].dropFirst()) ?? 0
    return Item(
      value: value, flags: UInt32(words[2].dropFirst()) ?? 0, lifetime: lifetime < 0 ? nil : lifetime)
  }

  func set(_ key: String, _ item: Item) throws {
    let lifetime = item.lifetime ?? 0
    let head = "ms \(wire(key)) \(item.value.count) T\(lifetime) F\(item.flags)\r\n"
    try expect("HD", Array(head.utf8) + item.value + [13, 10])
  }

  func set(_ key: String, _ value: String, flags: UInt32 = 0) throws {
    try set(key, Item(value: Array(value.utf8), flags: flags))
  }

  func delete(_ key: String) throws { try expect("HD", Array("md \(wire(key))\r\n".utf8)) }

  /// An empty item under one of the gateways' own names, where nothing is yet.
  func add(_ name: WireKey, flags: UInt32) throws {
    try expect("HD", Array("ms \(text(name)) 0 b T60 F\(flags) ME\r\n\r\n".utf8))
  }

  /// Whether it was there.
  func delete(_ name: WireKey) throws -> Bool {
    try reply(to: Array("md \(text(name)) b\r\n".utf8)) == "HD"
  }

  private func text(_ name: WireKey) -> String { String(decoding: name.bytes, as: UTF8.self) }

  /// One of the general statistics.
  func statistic(_ name: String) throws -> String? {
    let stream = try Stream(port: port)
    try stream.send("stats\r\n")
    var found: String?
    while true {
      let line = try stream.receiveLine()
      if line == "END" { return found }
      if line.hasPrefix("STAT \(name) ") { found = String(line.dropFirst(name.count + 6)) }
    }
  }

  private func expect(_ expected: String, _ command: [UInt8]) throws {
    let reply = try reply(to: command)
    guard reply == expected else { throw SetupError("memcached answered \(reply)") }
  }

  private func reply(to command: [UInt8]) throws -> String {
    let stream = try Stream(port: port)
    try stream.send(command)
    return try stream.receiveLine()
  }

  /// Tests use keys that memcached takes as they are.
  private func wire(_ key: String) -> String { key }
}

import GatewayCore

/// A memcached in memory, as far as the gateway speaks with one: meta commands over byte streams. It can be
/// killed, started empty, stopped and continued; while it is stopped, what arrives waits in its sockets,
/// also from connections that the gateway has closed since.
final class SimulatedMemcached {
  struct Item {
    var flags: UInt32
    var value: [UInt8]
    var cas: UInt64
    /// Virtual time; nil: never.
    var expires: Instant?
    /// Counts commands.
    var usedAt: Int
    /// The key is listed by what its base64 form stands for.
    var isBinary = false
    /// Seconds, of its storing.
    var storedAt: Int64 = 0
  }

  private unowned(unsafe) let network: SimulatedNetwork
  private var connections: [SimulatedSocket] = []
  private var items: [String: Item] = [:]
  private var lastCAS: UInt64 = 0
  private(set) var isRunning = true
  private(set) var isStopped = false
  private(set) var hasHung = false
  private var processID = 1
  private var startedAt = Instant(nanoseconds: 0)
  private(set) var commandCount = 0

  let index: Int

  init(_ network: SimulatedNetwork, index: Int) {
    self.network = network
    self.index = index
  }

  private var time: SimulatedTime { network.time }

  // MARK: Faults

  func kill() {
    isRunning = false
    isStopped = false
    items = [:]
    for connection in connections { connection.reset() }
    connections = []
  }

  func start() {
    isRunning = true
    processID += 1
    startedAt = time.now
  }

  func stop() {
    guard isRunning else { return }
    isStopped = true
    hasHung = true
  }

  /// The threads that serve its connections get to run again one after the other.
  func resume() {
    guard isStopped else { return }
    isStopped = false
    for connection in connections {
      connection.isWaitingForThread = true
      time.after(time.jitter(.zero, .milliseconds(30))) { [self] in
        connection.isWaitingForThread = false
        work(on: connection)
      }
    }
  }

  /// What `flush_all` does.
  func flush() { items = [:] }

  /// Makes room, as a node does that is far too small: what was used least recently goes.
  func evict(_ count: Int) {
    for _ in 0..<count {
      guard let oldest = items.min(by: { $0.value.usedAt < $1.value.usedAt }) else { return }
      items[oldest.key] = nil
    }
  }

  var keys: [String] { items.keys.sorted() }

  /// An item as it is, without a side effect.
  func item(_ key: String) -> Item? {
    guard let item = items[key], item.expires.map({ $0 > time.now }) ?? true else { return nil }
    return item
  }

  /// What another client of the node would store.
  func store(_ key: String, _ value: [UInt8], flags: UInt32 = 0) {
    lastCAS += 1
    items[key] = Item(flags: flags, value: value, cas: lastCAS, expires: nil, usedAt: commandCount)
  }

  // MARK: Serving

  /// The kernel accepts for a stopped process as well.
  func accept(_ connection: SimulatedSocket) -> Bool {
    guard isRunning else { return false }
    connections.append(connection)
    return true
  }

  func work(on connection: SimulatedSocket) {
    guard isRunning, !isStopped, !connection.isWaitingForThread,
      connections.contains(where: { $0 === connection })
    else { return }
    var input = connection.atNode[...]
    while let reply = serveNext(&input) { if !reply.isEmpty { send(reply, on: connection) } }
    connection.atNode = Array(input)
    if connection.hasEnded { connections.removeAll { $0 === connection } }
  }

  private func send(_ reply: [UInt8], on connection: SimulatedSocket) {
    guard let lieRate = network.lieRates[index], time.chance(lieRate) else { return connection.reply(reply) }
    switch time.random(below: 4) {
    case 0: connection.reply(Array("VA 3 nonsense\r\n\u{0}".utf8) + reply)
    case 1: connection.reply(reply + reply)
    case 2: connection.reply(Array(reply.dropLast(1 + time.random(below: 3))))
    default: break  // The reply is left out, so that the next one stands in its place.
    }
  }

  /// Takes the next whole command; nil when there is none.
  private func serveNext(_ input: inout ArraySlice<UInt8>) -> [UInt8]? {
    guard let end = input.firstIndex(of: 10) else { return nil }
    // By bytes: most of what a simulation does is to read commands.
    let fields = input[..<end].dropLast().split(separator: UInt8(ascii: " "))
      .map { String(decoding: $0, as: UTF8.self) }
    var rest = input[(end + 1)...]
    var value: [UInt8] = []
    if fields.first == "ms" {
      guard let length = Int(fields[2]), rest.count >= length + 2 else { return nil }
      value = Array(rest.prefix(length))
      rest = rest.dropFirst(length + 2)
    }
    input = rest
    commandCount += 1
    return serve(fields, value)
  }

  private func serve(_ fields: [String], _ value: [UInt8]) -> [UInt8] {
    switch fields.first {
    case "mg": return get(fields)
    case "ms":
      let result = set(fields, value)
      // What is asked for quietly is told of only if it fails.
      if result == "HD", fields.contains("q") { return [] }
      return Array("\(result) \(opaque(fields))\r\n".utf8)
    case "md": return Array("\(delete(fields)) \(opaque(fields))\r\n".utf8)
    case "mn": return Array("MN\r\n".utf8)
    case "flush_all":
      items = [:]
      return Array("OK\r\n".utf8)
    case "lru_crawler": return listing()
    case "stats" where fields.count == 1:
      let seconds = time.now.nanoseconds / 1_000_000_000
      let uptime = (time.now - startedAt).inSeconds
      return Array(
        "STAT pid \(processID)\r\nSTAT uptime \(uptime)\r\nSTAT time \(seconds)\r\nSTAT curr_items \(items.count)\r\nEND\r\n"
          .utf8)
    case "stats" where fields[1] == "conns":
      let lines = connections.enumerated().map { index, connection in
        "STAT \(index + 26):addr tcp:127.0.0.1:\(connection.localPort)\r\n"
      }
      return Array((lines.joined() + "END\r\n").utf8)
    case "stats": return Array("STAT item_size_max 1048576\r\nSTAT maxconns 1024\r\nEND\r\n".utf8)
    default: return Array("ERROR\r\n".utf8)
    }
  }

  private func get(_ fields: [String]) -> [UInt8] {
    guard let item = item(fields[1]) else { return Array("EN \(opaque(fields))\r\n".utf8) }
    if !fields.contains("u") { items[fields[1]]?.usedAt = commandCount }
    if let seconds = fields.dropFirst(2).first(where: { $0.hasPrefix("T") }).flatMap({ Int64($0.dropFirst()) }
    ) {
      items[fields[1]]?.expires = seconds == 0 ? nil : time.now + .seconds(seconds)
    }
    guard fields.contains("v") else {
      let flags = fields.contains("f") ? " f\(item.flags) c\(item.cas)" : ""
      return Array("HD\(flags) \(opaque(fields))\r\n".utf8)
    }
    let lifetime = item.expires.map { max(0, ($0 - time.now).inSeconds) } ?? -1
    let number = fields.contains("c") ? " c\(item.cas)" : ""
    let head = "VA \(item.value.count) f\(item.flags) t\(lifetime)\(number) \(opaque(fields))\r\n"
    return Array(head.utf8) + item.value + [13, 10]
  }

  private func set(_ fields: [String], _ value: [UInt8]) -> String {
    let key = fields[1]
    let present = item(key)
    if fields.contains("ME"), present != nil { return "NS" }
    if let expected = argument("C", fields).flatMap(UInt64.init) {
      guard let present else { return "NF" }
      guard present.cas == expected else { return "EX" }
    }
    lastCAS += 1
    let seconds = argument("T", fields).flatMap(Int64.init) ?? 0
    items[key] = Item(
      flags: argument("F", fields).flatMap(UInt32.init) ?? 0, value: value, cas: lastCAS,
      expires: seconds == 0 ? nil : time.now + .seconds(seconds), usedAt: commandCount,
      isBinary: fields.contains("b"), storedAt: time.now.nanoseconds / 1_000_000_000)
    return fields.contains("c") ? "HD c\(lastCAS)" : "HD"
  }

  /// `lru_crawler metadump hash`. In an order that follows from the keys alone, so that runs can be replayed.
  private func listing() -> [UInt8] {
    let lines = keys.compactMap { key -> String? in
      guard let item = item(key) else { return nil }
      let name = item.isBinary ? Base64Reader.decode(Array(key.utf8)) : Array(key.utf8)
      let encoded = name.map { byte in
        let digits = String(byte, radix: 16, uppercase: true)
        return "%" + (digits.count == 1 ? "0" : "") + digits
      }.joined()
      return
        "key=\(encoded) exp=-1 la=\(item.storedAt) cas=\(item.cas) fetch=no cls=1 size=\(item.value.count)\n"
    }
    return Array((lines.joined() + "END\r\n").utf8)
  }

  private func delete(_ fields: [String]) -> String {
    guard let present = item(fields[1]) else { return "NF" }
    let expected = fields.dropFirst(2).first { $0.hasPrefix("C") }.flatMap { UInt64($0.dropFirst()) }
    if let expected, expected != present.cas { return "EX" }
    items[fields[1]] = nil
    return "HD"
  }

  private func opaque(_ fields: [String]) -> String { fields.last { $0.hasPrefix("O") } ?? "" }

  private func argument(_ letter: String, _ fields: [String]) -> String? {
    fields.dropFirst(3).first { $0.hasPrefix(letter) }.map { String($0.dropFirst()) }
  }
}

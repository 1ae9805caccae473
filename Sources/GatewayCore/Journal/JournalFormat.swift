/// A node's journal as bytes: a header, then records, each as it was appended. Numbers are big-endian.
///
///     offset size
///      0      8   magic: CGMISSED
///      8      1   format: 1
///      9      2   length of the node's name, N
///     11      N   the name
///             8   checksum: XXH64(all of the above, seed 0)
///
/// A record:
///
///     offset size
///      0      2   length of kind and payload, L
///      2      2   the same with every bit inverted
///      4      1   kind: 1 process, 2 connection, 3 missed, 4 overflow
///      5      L-1 payload
///             8   checksum: XXH64(all of the above, seed: XXH64(magic and format))
///
///     kind         payload
///     process      8 started at, seconds since 1970; 1 whether the id is known: 0 or 1; the id, UTF-8
///     connection   2 local port
///     missed       8 version: time; 4 version: writer; 1 whether the key is base64: 0 or 1; the key
///     overflow     nothing
///
/// The length has a check of its own, so that a damaged one is not taken for the end of a file that was cut
/// short, with everything behind it dropped. Records are not tied to a place in the file: content is only
/// ever replaced by a new file, so nothing older stands behind what was written last.
enum JournalFormat {
  static let format: UInt8 = 1
  static let magic = Array("CGMISSED".utf8)

  /// The longest id of a process that is noted, in bytes: memcached's are numbers. A longer one counts as not
  /// known.
  static let longestProcessID = 64

  /// Kind and payload, at most: a missed write with the longest key.
  static let longestBody = 1 + 13 + WireKey.longestPlain

  /// From here on a version's time comes from no clock, and would leave none for later ones.
  static let versionTimeLimit: UInt64 = 1 << 62

  fileprivate static let recordSeed = XXHash64.hash(magic + [format])
  fileprivate static let lengthSize = 4
  fileprivate static let checksumSize = 8

  fileprivate enum Kind: UInt8 {
    case process = 1
    case connection = 2
    case missed = 3
    case overflow = 4
  }

  /// What a journal begins with. A name has at most 65,535 bytes; what is past them is left out.
  static func header(node: String) -> [UInt8] {
    let name = name(node)
    var bytes = magic + [format]
    bytes.append(bigEndian: UInt16(name.count))
    bytes += name
    bytes.append(bigEndian: XXHash64.hash(bytes))
    return bytes
  }

  fileprivate static func name(_ node: String) -> [UInt8] { Array(node.utf8.prefix(Int(UInt16.max))) }

  /// One record.
  static func encode(_ entry: JournalEntry) -> [UInt8] {
    let body = body(entry)
    let length = UInt16(body.count)
    var record: [UInt8] = []
    record.reserveCapacity(lengthSize + body.count + checksumSize)
    record.append(bigEndian: length)
    record.append(bigEndian: ~length)
    record += body
    record.append(bigEndian: XXHash64.hash(record, seed: recordSeed))
    return record
  }

  private static func body(_ entry: JournalEntry) -> [UInt8] {
    switch entry {
    case .process(let process):
      let id = process.id.map { Array($0.utf8) }.flatMap { $0.count <= longestProcessID ? $0 : nil }
      var body = [Kind.process.rawValue]
      body.append(bigEndian: process.startedAt)
      return body + (id.map { [1] + $0 } ?? [0])
    case .connection(let localPort):
      var body = [Kind.connection.rawValue]
      body.append(bigEndian: localPort)
      return body
    case .missed(let key, let version):
      var body = [Kind.missed.rawValue]
      body.append(bigEndian: version.time)
      body.append(bigEndian: version.writer)
      body.append(key.isBase64 ? 1 : 0)
      return body + key.bytes
    case .overflow: return [Kind.overflow.rawValue]
    }
  }

  /// A whole file. The end of a last record that is missing or wrong is no damage: the record is dropped, as it
  /// is when the process ended while it was written.
  static func decode(_ bytes: [UInt8], node: String) throws(JournalDamage) -> JournalContents {
    try read(bytes, node: node).contents
  }

  /// As `decode`; `wholeLength` is where the last whole record ends.
  static func read(
    _ bytes: [UInt8], node: String
  ) throws(JournalDamage) -> (contents: JournalContents, wholeLength: Int) {
    var reader = JournalReader(bytes)
    try reader.readHeader(node: node)
    var contents = JournalContents.empty
    while true {
      let start = reader.position
      switch reader.nextRecord() {
      case .entry(let entry): contents.add(entry)
      case .end: return (contents, start)
      case .damage: throw .damaged(at: start, localPorts: contents.localPorts)
      }
    }
  }
}

/// Takes a journal apart. Trusts nothing: not the lengths, nor what a right checksum covers.
private struct JournalReader {
  enum Next {
    case entry(JournalEntry)
    /// Of the file, or of what was written whole.
    case end
    case damage
  }

  private let bytes: [UInt8]
  private(set) var position = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  mutating func readHeader(node: String) throws(JournalDamage) {
    guard take(JournalFormat.magic.count).elementsEqual(JournalFormat.magic), let format = take(1).first
    else {
      throw .foreign("not a journal of missed writes")
    }
    guard format == JournalFormat.format else { throw .foreign("of the unknown format \(format)") }
    guard let length = number(UInt16.self), case let name = take(Int(length)), name.count == Int(length),
      case let checked = bytes[..<position], let checksum = number(UInt64.self),
      checksum == XXHash64.hash(Array(checked))
    else { throw .damaged(at: 0, localPorts: []) }
    guard name.elementsEqual(JournalFormat.name(node)) else {
      throw .foreign("the journal of the node '\(String(decoding: name, as: UTF8.self))'")
    }
  }

  mutating func nextRecord() -> Next {
    let start = position
    guard let length = number(UInt16.self), let inverted = number(UInt16.self) else { return .end }
    guard length == ~inverted, (1...JournalFormat.longestBody).contains(Int(length)) else { return .damage }
    let body = take(Int(length))
    let checked = bytes[start..<position]
    guard body.count == length, let checksum = number(UInt64.self) else { return .end }
    guard checksum == XXHash64.hash(Array(checked), seed: JournalFormat.recordSeed) else {
      return position == bytes.count ? .end : .damage
    }
    var reader = JournalReader(Array(body))
    return reader.entry().map(Next.entry) ?? .damage
  }

  /// Kind and payload, which are all there is.
  private mutating func entry() -> JournalEntry? {
    switch take(1).first.flatMap(JournalFormat.Kind.init) {
    case .process: process()
    case .connection: number(UInt16.self).flatMap { isAtEnd ? .connection(localPort: $0) : nil }
    case .missed: missed()
    case .overflow: isAtEnd ? .overflow : nil
    case nil: nil
    }
  }

  private mutating func process() -> JournalEntry? {
    guard let startedAt = number(Int64.self), let isKnown = flag() else { return nil }
    let rest = take(bytes.count)
    guard isKnown else { return rest.isEmpty ? .process(NodeProcess(id: nil, startedAt: startedAt)) : nil }
    guard rest.count <= JournalFormat.longestProcessID, let id = String(validating: rest, as: UTF8.self)
    else { return nil }
    return .process(NodeProcess(id: id, startedAt: startedAt))
  }

  private mutating func missed() -> JournalEntry? {
    guard let time = number(UInt64.self), time < JournalFormat.versionTimeLimit,
      let writer = number(UInt32.self), let isBase64 = flag(),
      let key = WireKey(bytes: Array(take(bytes.count)), isBase64: isBase64)
    else { return nil }
    return .missed(key, Version(time: time, writer: writer))
  }

  private var isAtEnd: Bool { position == bytes.count }

  /// The next `count` bytes, or as many as are left.
  private mutating func take(_ count: Int) -> ArraySlice<UInt8> {
    let start = position
    position = min(bytes.count, start + count)
    return bytes[start..<position]
  }

  private mutating func number<Number: FixedWidthInteger>(_: Number.Type) -> Number? {
    let part = take(Number.bitWidth / 8)
    guard part.count == Number.bitWidth / 8 else { return nil }
    return part.withUnsafeBytes { Number(bigEndian: $0.loadUnaligned(as: Number.self)) }
  }

  private mutating func flag() -> Bool? {
    switch take(1).first {
    case 0: false
    case 1: true
    default: nil
    }
  }
}

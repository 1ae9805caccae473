import DequeModule
import Glibc

/// Keys that wait to be moved, in no certain order. A listing is read faster than its keys are copied, since the
/// node suffers while it waits for the reader; what does not fit into a few megabytes waits in a file.
struct KeySpool: ~Copyable {
  private static let blockSize = 64 * 1024
  /// 4 MiB: some 100,000 keys, the work of a second.
  private static let mostBlocks = 64

  private let directory: String?
  private var inMemory: Deque<[UInt8]> = []
  private var current: [UInt8] = []
  private var position = 0
  private var tail: [UInt8] = []
  private var tailCount = 0
  private var file: CInt = -1
  /// Of the blocks in the file that have not been read.
  private var inFile: Deque<(length: Int, keys: Int)> = []
  private var readOffset = 0
  private var writeOffset = 0
  private(set) var count = 0
  /// Keys were lost, since the file could not be read.
  private(set) var hasFailed = false

  /// nil: all is kept in memory.
  init(directory: String?) {
    self.directory = directory
  }

  deinit {
    if file >= 0 { close(file) }
  }

  var isEmpty: Bool { count == 0 }

  /// More is in memory than should be: there is no file to be had.
  var isOverfull: Bool { inMemory.count > Self.mostBlocks }

  mutating func append(_ key: ListedKey) {
    count += 1
    tailCount += 1
    tail.append(UInt8(truncatingIfNeeded: key.name.count))
    tail.append(contentsOf: key.name)
    tail.append(bigEndian: UInt32(clamping: key.size))
    if tail.count >= Self.blockSize { closeBlock() }
  }

  private mutating func closeBlock() {
    if inMemory.count < Self.mostBlocks || !write(tail, tailCount) { inMemory.append(tail) }
    tail.removeAll(keepingCapacity: true)
    tailCount = 0
  }

  /// Some of the keys, at most so many and of at most so many bytes, but one at least; none when there is none.
  mutating func next(most keys: Int, bytes: Int) -> KeyBlock {
    while position == current.count, count > 0 { refill() }
    guard count > 0 else { return KeyBlock() }
    let block = KeyBlock(current, from: &position, most: keys, bytes: bytes)
    count -= block.count
    return block
  }

  private mutating func refill() {
    position = 0
    if let block = inMemory.popFirst() {
      current = block
    } else if let block = inFile.popFirst() {
      current = read(block.length) ?? []
      guard current.isEmpty else { return }
      hasFailed = true
      count -= block.keys
    } else {
      current = tail
      tail = []
      tailCount = 0
    }
  }

  // MARK: The file

  /// It has no name, and so is gone with the process.
  private mutating func open() -> Bool {
    if file >= 0 { return true }
    guard let directory else { return false }
    var path = Array("\(directory)/keys-XXXXXX".utf8CString)
    file = mkstemp(&path)
    guard file >= 0 else { return false }
    unlink(path)
    return fcntl(file, F_SETFD, FD_CLOEXEC) == 0
  }

  private mutating func write(_ block: [UInt8], _ keys: Int) -> Bool {
    guard open() else { return false }
    if inFile.isEmpty { (readOffset, writeOffset) = (0, 0) }
    guard pwrite(file, block, block.count, off_t(writeOffset)) == block.count else { return false }
    inFile.append((block.count, keys))
    writeOffset += block.count
    return true
  }

  private mutating func read(_ length: Int) -> [UInt8]? {
    var block = [UInt8](repeating: 0, count: length)
    defer { readOffset += length }
    return pread(file, &block, length, off_t(readOffset)) == length ? block : nil
  }
}

/// Bytes on the heap, in one allocation: filled by one owner, then shared by reference and never changed.
///
/// A class rather than an array, so that its address is stable for as long as somebody holds it: the same
/// bytes go from the node's socket to the client's, or from the client to several nodes, without a copy.
public final class ByteStorage: ManagedBuffer<ByteStorage.Header, UInt8> {
  public struct Header {
    public let capacity: Int
    public var count = 0
  }

  public static func allocate(capacity: Int) -> ByteStorage {
    let storage = ByteStorage.create(minimumCapacity: capacity) { _ in Header(capacity: capacity) }
    return unsafeDowncast(storage, to: ByteStorage.self)
  }

  /// Without capacity, so nothing in it ever changes: it may be shared by all threads.
  nonisolated(unsafe) fileprivate static let nothing = allocate(capacity: 0)

  /// The whole capacity, filled or not.
  public var memory: UnsafeMutableRawBufferPointer {
    withUnsafeMutablePointers { header, elements in
      UnsafeMutableRawBufferPointer(start: elements, count: header.pointee.capacity)
    }
  }

  public var count: Int { header.count }

  public var room: Int { header.capacity - header.count }

  /// What is not filled yet.
  public var spare: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: memory[header.count...])
  }

  /// Where `spare` begins.
  public var filledEnd: UnsafeMutablePointer<UInt8> {
    withUnsafeMutablePointers { header, elements in elements + header.pointee.count }
  }

  /// Counts `count` bytes of `spare` as filled.
  public func fill(_ count: Int) {
    precondition(count <= room)
    header.count += count
  }

  /// Counts `count` more bytes as filled, which must fit and which the caller writes.
  public func extend(by count: Int) -> UnsafeMutablePointer<UInt8> {
    withUnsafeMutablePointers { header, elements in
      precondition(count <= header.pointee.capacity - header.pointee.count)
      defer { header.pointee.count += count }
      return elements + header.pointee.count
    }
  }

  /// The same, provided that exactly `position` bytes are filled and that there is room; nil otherwise.
  public func extend(from position: Int, by count: Int) -> UnsafeMutablePointer<UInt8>? {
    withUnsafeMutablePointers { header, elements in
      guard header.pointee.count == position, count <= header.pointee.capacity - position else { return nil }
      header.pointee.count = position + count
      return elements + position
    }
  }

  /// Begins anew. Only for storage that nobody else holds.
  public func clear() {
    header.count = 0
  }

  /// A copy with more room. This one is held until its bytes are copied: by the pointers to them alone the
  /// compiler does not see that they are still in use.
  public func grown(to capacity: Int) -> ByteStorage {
    let larger = ByteStorage.allocate(capacity: capacity)
    withExtendedLifetime(self) { larger.append(UnsafeRawBufferPointer(rebasing: memory[..<count])) }
    return larger
  }

  /// The bytes must fit.
  public func append(_ bytes: UnsafeRawBufferPointer) {
    spare.copyMemory(from: bytes)
    fill(bytes.count)
  }
}

/// A part of a `ByteStorage`.
public struct Bytes {
  public let storage: ByteStorage
  public let offset: Int
  public let count: Int

  /// What `storage` holds now.
  public init(_ storage: ByteStorage) {
    self.init(storage, offset: 0, count: storage.count)
  }

  public init(_ storage: ByteStorage, offset: Int, count: Int) {
    self.storage = storage
    self.offset = offset
    self.count = count
  }

  /// A copy.
  public init(_ bytes: some Collection<UInt8>) {
    let storage = ByteStorage.allocate(capacity: bytes.count)
    storage.memory.copyBytes(from: bytes)
    storage.fill(bytes.count)
    self.init(storage)
  }

  public static var empty: Bytes { Bytes(ByteStorage.nothing) }

  /// Valid for as long as `storage` is held.
  public var buffer: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: storage.memory[offset..<(offset + count)])
  }

  public func dropFirst(_ dropped: Int) -> Bytes {
    precondition(dropped <= count)
    return Bytes(storage, offset: offset + dropped, count: count - dropped)
  }

  public var isEmpty: Bool { count == 0 }

  /// Shares the storage.
  public func part(_ range: Range<Int>) -> Bytes {
    precondition(range.upperBound <= count)
    return Bytes(storage, offset: offset + range.lowerBound, count: range.count)
  }

  /// A copy.
  public var array: [UInt8] { Array(buffer) }
}

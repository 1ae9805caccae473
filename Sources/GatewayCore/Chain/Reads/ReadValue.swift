/// A value as the node has sent it, with its record's header; no object is made of it.
public struct ReadValue {
  private let bytes: Bytes
  private let parts: RecordParts
  public let lifetime: Lifetime

  init(_ value: MetaValue, _ parts: RecordParts) {
    bytes = value.bytes
    self.parts = parts
    lifetime = RecordDecoder.lifetime(parts, value)
  }

  public var version: Version { parts.version }

  /// Empty where there is none, and valid for as long as this is held, as the others.
  public var contentType: UnsafeRawBufferPointer { part(parts.contentType) }

  public var contentEncoding: UnsafeRawBufferPointer { part(parts.contentEncoding) }

  public var body: UnsafeRawBufferPointer { part(parts.body) }

  private func part(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: bytes.buffer[range])
  }
}

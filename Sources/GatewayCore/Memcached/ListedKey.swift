/// An item as memcached lists it: `key=… exp=… la=… cas=… fetch=… cls=… size=…`.
struct ListedKey {
  /// As the node holds it: base64 is decoded. Valid only while it is handed over.
  var name: UnsafeRawBufferPointer
  /// Seconds since 1970 by the node's clock: of its storing, or of a use, with a minute's precision.
  var lastAccess: Int64
  /// Of the item with its key and overhead, in bytes.
  var size: Int
}

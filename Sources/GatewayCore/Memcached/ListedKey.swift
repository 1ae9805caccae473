/// An item as memcached lists it: `key=… exp=… la=… cas=… fetch=… cls=… size=…`.
struct ListedKey: Equatable {
  /// As the node holds it: base64 is decoded.
  var name: [UInt8]
  /// Seconds since 1970 by the node's clock: of its storing, or of a use, with a minute's precision.
  var lastAccess: Int64
  /// Of the item with its key and overhead, in bytes.
  var size: Int
}

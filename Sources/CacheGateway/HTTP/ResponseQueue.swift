import CMicroHTTPD
import GatewayCore

/// Turns an answer into libmicrohttpd's form.
enum ResponseQueue {
  /// `closes`: the connection ends with this answer.
  static func queue(
    _ response: Response, for exchange: Exchange, date: UnsafeRawBufferPointer, closes: Bool
  ) -> MHD_Result {
    guard let message = makeMessage(response.content, exchange) else { return .NO }
    defer { MHD_destroy_response(message) }
    let text = response.text.bytes
    guard cmhd_add_fields(message, date.baseAddress, date.count, text.baseAddress, text.count) == .YES else {
      return .NO
    }
    if closes { MHD_add_response_header(message, "Connection", "close") }
    return MHD_queue_response(exchange.connection, response.status, message)
  }

  private static func makeMessage(_ content: ResponseBody, _ exchange: Exchange) -> OpaquePointer? {
    switch content {
    case .whole(let body) where !body.isEmpty: makeMessage(body)
    case .none, .whole: MHD_create_response_from_buffer(0, nil, .RESPMEM_PERSISTENT)
    case .pieces(let pieces): makeMessage(pieces)
    case .stream(let stream): makeMessage(stream, exchange)
    }
  }

  /// The body is not copied: the message holds its storage.
  private static func makeMessage(_ body: Bytes) -> OpaquePointer? {
    MHD_create_response_from_buffer_with_free_callback_cls(
      body.count, UnsafeMutableRawPointer(mutating: body.buffer.baseAddress),
      { storage in if let storage { Unmanaged<ByteStorage>.fromOpaque(storage).release() } },
      Unmanaged.passRetained(body.storage).toOpaque())
  }

  /// The same for a body in pieces, which are sent from where they are.
  private static func makeMessage(_ pieces: [Bytes]) -> OpaquePointer? {
    let vectors = pieces.map { MHD_IoVec(iov_base: $0.buffer.baseAddress, iov_len: $0.count) }
    let holder = Unmanaged.passRetained(Pieces(pieces)).toOpaque()
    let message = MHD_create_response_from_iovec(
      vectors, UInt32(vectors.count),
      { holder in if let holder { Unmanaged<Pieces>.fromOpaque(holder).release() } }, holder)
    if message == nil { Unmanaged<Pieces>.fromOpaque(holder).release() }
    return message
  }

  /// Bytes that libmicrohttpd holds of a stream.
  private static let streamBlock = 64 * 1024

  /// The same for a body that is produced while it is sent.
  private static func makeMessage(_ stream: any BodyStream, _ exchange: Exchange) -> OpaquePointer? {
    let reader = Unmanaged.passRetained(BodyStreamReader(stream, exchange)).toOpaque()
    let message = MHD_create_response_from_callback(
      stream.length ?? cmhd_unknown_size, streamBlock,
      { reader, _, buffer, size in
        guard let reader, let buffer else { return cmhd_stream_failed }
        return Unmanaged<BodyStreamReader>.fromOpaque(reader)._withUnsafeGuaranteedRef {
          $0.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size))
        }
      }, reader,
      { reader in
        if let reader { Unmanaged<BodyStreamReader>.fromOpaque(reader).takeRetainedValue().close() }
      })
    if message == nil { Unmanaged<BodyStreamReader>.fromOpaque(reader).release() }
    return message
  }

  /// Keeps the pieces in memory until they are sent.
  private final class Pieces {
    private let pieces: [Bytes]

    init(_ pieces: [Bytes]) {
      self.pieces = pieces
    }
  }
}

extension StaticString {
  /// As C wants it; with a NUL at its end.
  var pointer: UnsafePointer<CChar> { UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self) }
}

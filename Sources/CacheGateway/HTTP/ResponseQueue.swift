import CMicroHTTPD
import GatewayCore

/// Turns an answer into libmicrohttpd's form.
enum ResponseQueue {
  /// `closes`: the connection ends with this answer.
  static func queue(_ response: Response, for exchange: Exchange, closes: Bool) -> MHD_Result {
    guard let message = makeMessage(response, exchange) else { return .NO }
    defer { MHD_destroy_response(message) }
    if let name = response.firstName {
      let text = response.text.bytes
      guard cmhd_add_fields(message, name.pointer, text.baseAddress, text.count) == .YES else { return .NO }
    }
    if closes { MHD_add_response_header(message, "Connection", "close") }
    return MHD_queue_response(exchange.connection, response.status, message)
  }

  /// Bytes that libmicrohttpd holds of a stream.
  private static let streamBlock = 64 * 1024

  private static func makeMessage(_ response: Response, _ exchange: Exchange) -> OpaquePointer? {
    guard let stream = response.stream else { return makeMessage(response.body) }
    let reader = BodyStreamReader(stream, exchange)
    return MHD_create_response_from_callback(
      stream.length, streamBlock,
      { reader, _, buffer, size in
        guard let reader, let buffer else { return cmhd_stream_failed }
        return Unmanaged<BodyStreamReader>.fromOpaque(reader)._withUnsafeGuaranteedRef {
          $0.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size)) ?? cmhd_stream_failed
        }
      }, Unmanaged.passRetained(reader).toOpaque(),
      { reader in
        if let reader { Unmanaged<BodyStreamReader>.fromOpaque(reader).takeRetainedValue().close() }
      })
  }

  /// The body is not copied: the message holds its storage.
  private static func makeMessage(_ body: Bytes?) -> OpaquePointer? {
    guard let body, body.count > 0 else {
      return MHD_create_response_from_buffer(0, nil, .RESPMEM_PERSISTENT)
    }
    return MHD_create_response_from_buffer_with_free_callback_cls(
      body.count, UnsafeMutableRawPointer(mutating: body.buffer.baseAddress),
      { storage in if let storage { Unmanaged<ByteStorage>.fromOpaque(storage).release() } },
      Unmanaged.passRetained(body.storage).toOpaque())
  }
}

extension StaticString {
  /// As C wants it; with a NUL at its end.
  var pointer: UnsafePointer<CChar> { UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self) }
}

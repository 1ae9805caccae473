import CMicroHTTPD
import GatewayCore

/// Turns an answer into libmicrohttpd's form.
enum ResponseQueue {
  /// `closes`: the connection ends with this answer.
  static func queue(_ response: Response, on connection: OpaquePointer, closes: Bool) -> MHD_Result {
    guard let message = makeMessage(response.body) else { return .NO }
    defer { MHD_destroy_response(message) }
    if let name = response.firstName {
      let text = response.text.bytes
      guard cmhd_add_fields(message, name.pointer, text.baseAddress, text.count) == .YES else { return .NO }
    }
    if closes { MHD_add_response_header(message, "Connection", "close") }
    return MHD_queue_response(connection, response.status, message)
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

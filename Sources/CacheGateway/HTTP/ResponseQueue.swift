import CMicroHTTPD
import GatewayCore

/// Turns an answer into libmicrohttpd's form.
enum ResponseQueue {
  /// Up to here a copy is cheaper than keeping the storage alive by a callback.
  private static let copyLimit = 4096

  /// `closes`: the connection ends with this answer.
  static func queue(_ response: Response, on connection: OpaquePointer, closes: Bool) -> MHD_Result {
    guard let message = makeMessage(response.body) else { return .NO }
    defer { MHD_destroy_response(message) }
    response.text.bytes.withUnsafeBufferPointer { text in
      UnsafeRawBufferPointer(text).withMemoryRebound(to: CChar.self) { values in
        for field in response.fields { add(field.name, values.baseAddress.map { $0 + field.start }, message) }
      }
    }
    if closes { add("Connection", "close", message) }
    return MHD_queue_response(connection, response.status, message)
  }

  private static func add(_ name: StaticString, _ value: UnsafePointer<CChar>?, _ message: OpaquePointer) {
    MHD_add_response_header(
      message, UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self), value)
  }

  private static func makeMessage(_ body: Bytes?) -> OpaquePointer? {
    guard let body, body.count > 0 else {
      return MHD_create_response_from_buffer(0, nil, .RESPMEM_PERSISTENT)
    }
    let pointer = UnsafeMutableRawPointer(mutating: body.buffer.baseAddress)
    if body.count <= copyLimit {
      return MHD_create_response_from_buffer(body.count, pointer, .RESPMEM_MUST_COPY)
    }
    return MHD_create_response_from_buffer_with_free_callback_cls(
      body.count, pointer,
      { storage in if let storage { Unmanaged<ByteStorage>.fromOpaque(storage).release() } },
      Unmanaged.passRetained(body.storage).toOpaque())
  }
}

import GatewayCore

/// An answer, before it becomes libmicrohttpd's. Content-Length, Date and Connection are added there.
struct Response {
  let status: UInt32
  /// The header fields, each with the line break before it.
  private(set) var text = HeaderText()
  let content: ResponseBody

  init(_ status: UInt32, _ content: ResponseBody = .none) {
    self.status = status
    self.content = content
  }

  init(_ status: UInt32, body: Bytes) {
    self.init(status, .whole(body))
  }

  mutating func add(_ name: StaticString, _ value: String) {
    add(name) { $0.append(outside: value) }
  }

  /// A field whose value `write` appends: at least one byte.
  mutating func add(_ name: StaticString, _ write: (inout HeaderText) -> Void) {
    text.beginField(name)
    write(&text)
  }

  func adding(_ name: StaticString, _ value: String) -> Response {
    var response = self
    response.add(name, value)
    return response
  }
}

/// An answer's body.
enum ResponseBody {
  case none
  case whole(Bytes)
  /// To be sent one after the other.
  case pieces([Bytes])
  case stream(any BodyStream)
}

import GatewayCore

/// An answer, before it becomes libmicrohttpd's. Content-Length, Date and Connection are added there.
struct Response {
  /// A field's name, and where its value begins in `text`.
  struct Field {
    let name: StaticString
    let start: Int
  }

  let status: UInt32
  private(set) var fields: [Field] = []
  /// The fields' values, each with a NUL behind it: one allocation for all of them.
  private(set) var text = HeaderText()
  var body: Bytes?

  init(_ status: UInt32, body: Bytes? = nil) {
    self.status = status
    self.body = body
  }

  /// Makes room beforehand.
  mutating func reserve(fields count: Int, bytes: Int) {
    fields.reserveCapacity(count)
    text.reserve(bytes)
  }

  mutating func add(_ name: StaticString, _ value: String) {
    add(name) { $0.append(value) }
  }

  /// A field whose value `write` appends.
  mutating func add(_ name: StaticString, _ write: (inout HeaderText) -> Void) {
    fields.append(Field(name: name, start: text.count))
    write(&text)
    text.endValue()
  }

  func adding(_ name: StaticString, _ value: String) -> Response {
    var response = self
    response.add(name, value)
    return response
  }
}

import GatewayCore

/// An answer, before it becomes libmicrohttpd's. Content-Length, Date and Connection are added there.
struct Response {
  struct Field: Sendable {
    let name: StaticString
    let value: String
  }

  var status: UInt32
  var fields: [Field] = []
  var body: Bytes?

  init(_ status: UInt32, fields: [Field] = [], body: Bytes? = nil) {
    self.status = status
    self.fields = fields
    self.body = body
  }

  mutating func add(_ name: StaticString, _ value: String) {
    fields.append(Field(name: name, value: value))
  }
}

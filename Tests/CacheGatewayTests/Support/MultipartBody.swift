/// A body of type multipart/byteranges, taken apart byte by byte (RFC 9110 section 14.6).
struct MultipartBody {
  struct Part {
    let fields: [String: String]
    let body: [UInt8]
  }

  let parts: [Part]

  /// Goes by the lengths in Content-Range, and throws where a boundary is not where they say.
  init(_ response: HTTPResponse) throws {
    let words = (response["Content-Type"] ?? "").split(separator: "; boundary=")
    guard words.count == 2, words[0] == "multipart/byteranges" else {
      throw SetupError("not in parts: \(response["Content-Type"] ?? "")")
    }
    let line = Array("--\(words[1])".utf8)
    var rest = response.body[...]
    var parts: [Part] = []
    while true {
      try Self.drop(line, from: &rest)
      if rest.elementsEqual("--\r\n".utf8) { break }
      try Self.drop(Array("\r\n".utf8), from: &rest)
      parts.append(try Self.part(&rest))
      try Self.drop(Array("\r\n".utf8), from: &rest)
    }
    self.parts = parts
  }

  private static func part(_ rest: inout ArraySlice<UInt8>) throws -> Part {
    var fields: [String: String] = [:]
    while let end = rest.firstIndex(of: 13), end > rest.startIndex {
      let field = String(decoding: rest[..<end], as: UTF8.self).split(separator: ": ", maxSplits: 1)
      fields[String(field[0])] = field.count == 2 ? String(field[1]) : ""
      rest = rest[(end + 2)...]
    }
    try drop([13, 10], from: &rest)
    let numbers = (fields["Content-Range"] ?? "").split { !$0.isNumber }.compactMap { Int($0) }
    guard numbers.count == 3, numbers[0] <= numbers[1], numbers[1] - numbers[0] < rest.count else {
      throw SetupError("a part with \(fields)")
    }
    let count = numbers[1] - numbers[0] + 1
    defer { rest = rest.dropFirst(count) }
    return Part(fields: fields, body: Array(rest.prefix(count)))
  }

  private static func drop(_ expected: [UInt8], from rest: inout ArraySlice<UInt8>) throws {
    guard rest.starts(with: expected) else {
      throw SetupError("no \(expected.text) but \(Array(rest.prefix(60)).text)")
    }
    rest = rest.dropFirst(expected.count)
  }
}

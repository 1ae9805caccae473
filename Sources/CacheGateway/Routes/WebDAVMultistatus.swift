import GatewayCore

/// What PROPFIND tells of one resource (RFC 4918 section 14.16), as XML.
struct WebDAVMultistatus {
  enum Resource {
    case collection
    /// `entityTag`: as in GET's ETag, with its quotes.
    case value(length: Int, entityTag: String)
  }

  /// The path as the client sent it.
  let path: [UInt8]
  let resource: Resource
  /// Seconds since 1970.
  let lastModified: UInt64

  var xml: String {
    """
    <?xml version="1.0" encoding="utf-8"?>
    <D:multistatus xmlns:D="DAV:"><D:response><D:href>\(Self.reference(path))</D:href>\
    <D:propstat><D:prop>\(properties)</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>\
    </D:response></D:multistatus>

    """
  }

  private var properties: String {
    var date = HeaderText()
    HTTPDate.append(secondsSince1970: lastModified, to: &date)
    let modified = "<D:getlastmodified>\(String(decoding: date.bytes, as: UTF8.self))</D:getlastmodified>"
    switch resource {
    case .collection: return "<D:resourcetype><D:collection/></D:resourcetype>\(modified)"
    case .value(let length, let entityTag):
      return "<D:resourcetype/><D:getcontentlength>\(length)</D:getcontentlength>"
        + "<D:getetag>\(Self.escape(entityTag.utf8))</D:getetag>\(modified)"
    }
  }

  /// A reference to the path (RFC 3986 section 4.2): bytes that may not stand in one are percent-encoded, what
  /// is encoded already stays as it is.
  static func reference(_ path: [UInt8]) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    return escape(
      path.flatMap { byte in
        isAllowed(byte) ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      })
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    0x21...0x7E ~= byte && !"\"<>\\^`{|}".utf8.contains(byte)
  }

  /// As text between tags (XML 1.0 section 2.4). For ASCII.
  private static func escape(_ text: some Sequence<UInt8>) -> String {
    var escaped = ""
    for byte in text {
      switch byte {
      case UInt8(ascii: "&"): escaped += "&amp;"
      case UInt8(ascii: "<"): escaped += "&lt;"
      case UInt8(ascii: ">"): escaped += "&gt;"
      default: escaped.unicodeScalars.append(Unicode.Scalar(byte))
      }
    }
    return escaped
  }
}

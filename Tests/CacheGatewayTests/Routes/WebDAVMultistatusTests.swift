import Testing

@testable import CacheGateway

struct WebDAVMultistatusTests {
  @Test func `a collection has a date and is one`() throws {
    let multistatus = WebDAVMultistatus(
      path: Array("/keys/a/".utf8), resource: .collection, lastModified: 784_111_777)
    #expect(
      multistatus.xml == """
        <?xml version="1.0" encoding="utf-8"?>
        <D:multistatus xmlns:D="DAV:"><D:response><D:href>/keys/a/</D:href><D:propstat><D:prop>\
        <D:resourcetype><D:collection/></D:resourcetype>\
        <D:getlastmodified>Sun, 06 Nov 1994 08:49:37 GMT</D:getlastmodified></D:prop>\
        <D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>

        """)
  }

  @Test func `a value has a length, a tag and a date, and is no collection`() throws {
    let multistatus = WebDAVMultistatus(
      path: Array("/keys/a".utf8), resource: .value(length: 5, entityTag: "\"<&>\""),
      lastModified: 784_111_777)
    #expect(
      multistatus.xml.contains(
        "<D:prop><D:resourcetype/><D:getcontentlength>5</D:getcontentlength>"
          + "<D:getetag>\"&lt;&amp;&gt;\"</D:getetag>"
          + "<D:getlastmodified>Sun, 06 Nov 1994 08:49:37 GMT</D:getlastmodified></D:prop>"))
  }

  @Test(arguments: [
    ("/keys/a/b", "/keys/a/b"), ("/keys/a&b", "/keys/a&amp;b"), ("/keys/%3c%26/", "/keys/%3c%26/"),
    ("/keys/<a>", "/keys/%3Ca%3E"), ("/keys/\"'{}|\\^`", "/keys/%22'%7B%7D%7C%5C%5E%60"),
    ("/keys/é", "/keys/%C3%A9"), ("/keys/]]>", "/keys/]]%3E"), ("/keys/a//../b", "/keys/a//../b"),
    ("/keys/\u{1}\u{7F} ", "/keys/%01%7F%20"), ("/keys/%41%zz", "/keys/%41%zz"),
  ])
  func `the path is referred to as it was sent, encoded where it has to be`(path: String, reference: String) {
    #expect(WebDAVMultistatus.reference(Array(path.utf8)) == reference)
  }

  @Test func `any path makes well-formed XML that names it`() throws {
    for byte in UInt8.min...UInt8.max {
      let path = Array("/keys/".utf8) + [byte, 0x26, byte]
      let xml = WebDAVMultistatus(path: path, resource: .collection, lastModified: 0).xml
      let reference = try #require(try XMLTree(Array(xml.utf8))["multistatus/response/href"])
      if byte != UInt8(ascii: "%") { #expect(try PercentEncoding.decode(Array(reference.utf8)) == path) }
    }
  }
}

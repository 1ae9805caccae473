import Foundation
import Testing

@testable import CacheGateway

struct Base64DecoderTests {
  @Test(arguments: [
    // RFC 4648 section 10, and the same without padding.
    ("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob"), ("Zm9vYmE=", "fooba"),
    ("Zm9vYmFy", "foobar"), ("Zg", "f"), ("Zm8", "fo"), ("Zm9vYg", "foob"), ("Zm9vYmE", "fooba"),
    ("c29tZW9uZTpzPmNyZXQ/", "someone:s>cret?"), ("c29tZW9uZTpzPmNyZXQ_", "someone:s>cret?"),
  ])
  func `text is decoded, with padding or without`(encoded: String, decoded: String) {
    #expect(Base64Decoder.decode(Array(encoded.utf8)) == Array(decoded.utf8))
  }

  @Test func `all bytes are decoded as Foundation encodes them, in either alphabet`() {
    for count in [253, 254, 255, 256] {
      let bytes = (0..<count).map { UInt8($0) }
      let encoded = Data(bytes).base64EncodedString()
      let forURLs = encoded.replacing("+", with: "-").replacing("/", with: "_")
      #expect(encoded != forURLs)
      for text in [encoded, forURLs, encoded.filter { $0 != "=" }, forURLs.filter { $0 != "=" }] {
        #expect(Base64Decoder.decode(Array(text.utf8)) == bytes)
      }
    }
  }

  @Test(arguments: [
    "Z", "Zm9vY", "Zg=", "Zg===", "Zm8==", "Zm9v=", "Zm9v====", "=", "==", "====", "Zg==Zg==", "Z=g=",
    " Zg==",
    "Zg== ", "Zm 9v", "Zm9v\n", "Zm9v,", "Zm.9", "Zmé", "Zh==", "Zh", "Zm9", "Zm9=",
  ])
  func `what is not base64 is not guessed at`(text: String) {
    #expect(Base64Decoder.decode(Array(text.utf8)) == nil)
  }
}

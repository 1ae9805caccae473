import Foundation
import GatewayCore
import Testing

@testable import CacheGateway

struct CredentialsTests {
  @Test(arguments: [
    // RFC 7617 section 2 and 2.1.
    ("QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"), ("dGVzdDoxMjPCow==", "test", "123£"),
    ("c29tZW9uZTpzPmNyZXQ/", "someone", "s>cret?"), ("c29tZW9uZTpzPmNyZXQ_", "someone", "s>cret?"),
    ("QWxhZGRpbjpvcGVuIHNlc2FtZQ", "Aladdin", "open sesame"), ("Og==", "", ""), ("YTo=", "a", ""),
    ("OmI=", "", "b"), ("YTpiOmM6", "a", "b:c:"), ("8J+UkTrwn5SR", "🔑", "🔑"),
  ])
  func `Basic is a name and a password in base64`(encoded: String, user: String, password: String) throws {
    let credentials = try Credentials("Basic \(encoded)".utf8)
    #expect(credentials == .basic(user: user, password: password))
  }

  @Test(arguments: ["basic ", "BASIC ", "bAsIc   ", "  Basic ", "\tBasic "])
  func `the name of the scheme may be in any case, and spaces around it do not count`(start: String) throws {
    let credentials = try Credentials("\(start)YTpi \t".utf8)
    #expect(credentials == .basic(user: "a", password: "b"))
  }

  @Test(arguments: [
    "mF_9.B5f-4.1JqM", "a", "0", "-._~+/", "abc==", "eyJhbGciOiJub25lIn0.e30.", "a============",
  ])
  func `Bearer is a token`(token: String) throws {
    #expect(try Credentials("Bearer \(token)".utf8) == .bearer(token: token))
    #expect(try Credentials("bearer  \(token) ".utf8) == .bearer(token: token))
  }

  @Test(arguments: [
    ("", CredentialsError.unknownScheme), (" ", .unknownScheme), ("YTpi", .unknownScheme),
    ("Digest username=\"a\"", .unknownScheme), ("Basically YTpi", .unknownScheme),
    ("Basic:YTpi", .unknownScheme),
    ("Basic Y", .notBase64), ("Basic YTpi YTpi", .notBase64), ("Basic YTpi, Basic YTpi", .notBase64),
    ("Basic \"YTpi\"", .notBase64), ("Basic YTpi=", .notBase64), ("Basic", .noColon),
    ("Basic YWI=", .noColon),
    ("Basic /zr/", .notUTF8), ("Basic YTriAA==", .notUTF8), ("Basic YTpiAA==", .controlCharacter),
    ("Basic YQo6Yg==", .controlCharacter), ("Basic YTp/", .controlCharacter),
    ("Basic YTrChQ==", .controlCharacter), ("Bearer", .notToken68), ("Bearer =", .notToken68),
    ("Bearer a b", .notToken68), ("Bearer a=b", .notToken68), ("Bearer a, Bearer b", .notToken68),
    ("Bearer \"a\"", .notToken68), ("Bearer é", .notToken68),
  ])
  func `anything else is an error that says what is wrong`(field: String, error: CredentialsError) {
    #expect(throws: error) { try Credentials(field.utf8) }
  }

  @Test func `no error tells what stood in the field`() throws {
    for field in ["Basic c2VjcmV0", "Basic secret!", "Bearer secret secret", "secret"] {
      let error = try #require(throws: CredentialsError.self) { try Credentials(field.utf8) }
      #expect(!"\(error)".contains("secret"))
    }
  }

  @Test func `no bytes crash it, and what was encoded is what is read`() {
    for number in 0..<2000 {
      let noise = Self.noise(number)
      _ = try? Credentials(noise)
      _ = try? Credentials(Array("Bearer ".utf8) + noise)
      let field = "Basic \(Data(noise).base64EncodedString())"
      if case .basic(let user, let password)? = try? Credentials(field.utf8) {
        #expect(Array("\(user):\(password)".utf8) == noise)
      }
    }
  }

  /// Up to 39 bytes that look random, the same in every run; some of them with a colon.
  private static func noise(_ number: Int) -> [UInt8] {
    let bytes = (0..<number % 40).map { position in
      let hash = XXHash64.hash([UInt8(number & 255), UInt8(number >> 8), UInt8(position)])
      return UInt8(truncatingIfNeeded: number % 2 == 0 ? hash : 32 + hash % 95)
    }
    return number % 3 == 0 ? bytes + [UInt8(ascii: ":")] : bytes
  }
}

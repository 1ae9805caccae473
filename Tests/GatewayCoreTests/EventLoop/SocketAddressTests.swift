import Glibc
import Testing

@testable import GatewayCore

struct SocketAddressTests {
  @Test func `numeric addresses are taken without asking anybody`() throws {
    let four = try #require(SocketAddress(numericHost: "127.0.0.1", port: 11211))
    #expect(four.family == AF_INET)
    #expect(four.port == 11211)
    #expect(four.description == "127.0.0.1:11211")
    let six = try #require(SocketAddress(numericHost: "::1", port: 80))
    #expect(six.family == AF_INET6)
    #expect(six.description == "[::1]:80")
  }

  @Test(arguments: ["localhost", "cache-a.example", "", "256.1.1.1", "127.0.0.1:80", "[::1]"])
  func `names are not numeric addresses`(host: String) {
    #expect(SocketAddress(numericHost: host, port: 80) == nil)
  }

  @Test func `addresses are equal when host and port are`() {
    let address = SocketAddress(numericHost: "127.0.0.1", port: 80)
    #expect(address == SocketAddress(numericHost: "127.0.0.1", port: 80))
    #expect(address != SocketAddress(numericHost: "127.0.0.1", port: 81))
    #expect(address != SocketAddress(numericHost: "127.0.0.2", port: 80))
  }

  @Test func `the system's form holds address and port in network order`() throws {
    let address = try #require(SocketAddress(numericHost: "127.0.0.1", port: 0x1234))
    address.withUnsafePointer { pointer, length in
      #expect(Int(length) == MemoryLayout<sockaddr_in>.size)
      let bytes = UnsafeRawBufferPointer(start: pointer, count: 8)
      #expect(Array(bytes[2...]) == [0x12, 0x34, 127, 0, 0, 1])
    }
  }

  @Test func `a host that cannot be resolved is named in the error`() {
    #expect {
      try SocketAddress.resolve(host: "no such host!", port: 80)
    } throws: {
      "\($0)".contains("no such host!")
    }
  }
}

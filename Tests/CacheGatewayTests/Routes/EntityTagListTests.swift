import GatewayCore
import Testing

@testable import CacheGateway

/// If-Match and If-None-Match as they are read (RFC 9110 sections 8.8.3 and 13.1).
struct EntityTagListTests {
  private static let version = Version(time: 0x18EA_6B0A_D87B_80DC, writer: 0xD41A_1BF8)
  private static let tag = "\"18ea6b0ad87b80dc-d41a1bf8\""
  private static let plain = "\"plain-00112233aabbccdd\""

  /// Each tag in words: weak or not, and what it says.
  private func read(_ text: String) -> [String]? {
    do throws(Refusal) {
      switch try EntityTagList(Array(text.utf8), of: "If-Match") {
      case .any: return ["any"]
      case .tags(let items): return items.map { ($0.isWeak ? "weak " : "") + Self.words($0.tag) }
      }
    } catch {
      return nil
    }
  }

  private static func words(_ tag: EntityTag?) -> String {
    switch tag {
    case .version(let version): version == Self.version ? "version" : "\(version)"
    case .plain(let hash): "plain \(String(hash, radix: 16))"
    case nil: "foreign"
    }
  }

  @Test(arguments: ["*", " *", "*\t", " \t* "]) func `a star is any value`(text: String) {
    #expect(read(text) == ["any"])
  }

  @Test(
    arguments: [
      (tag, ["version"]), ("W/\(tag)", ["weak version"]), ("  \(tag)\t", ["version"]),
      ("\(tag),\(tag)", ["version", "version"]), ("\(tag) , W/\(tag)", ["version", "weak version"]),
      ("\(plain)", ["plain 112233aabbccdd"]), ("\"\"", ["foreign"]), ("W/\"\"", ["weak foreign"]),
      ("\"a,b\",\(tag)", ["foreign", "version"]), ("\"*\"", ["foreign"]), ("\"W/\"", ["foreign"]),
      (",\(tag)", ["version"]), ("\(tag),", ["version"]), (", ,\t\(tag) ,, ", ["version"]),
      ("\"é\"", ["foreign"]), ("\"\\\"", ["foreign"]),
    ] as [(String, [String])])
  func `tags are separated by commas, which may stand within them`(text: String, expected: [String]) {
    #expect(read(text) == expected)
  }

  @Test(arguments: [
    "", " ", ",", " , ", "a", "\"", "\"a", "a\"", "\"a\"b", "\"a\" \"b\"", "\"a\";\"b\"", "\"\"\"",
    "**", "* *", "*,", "*,\"a\"", "\"a\",*", "W/", "W/a", "W/*", "w/\"a\"", "W /\"a\"", "W/ \"a\"", "W\"a\"",
    "W/W/\"a\"", "'a'", "\"a\",b", "\"a\",,b", "\u{0}", "\u{FEFF}\"a\"",
  ])
  func `anything else is no list`(text: String) {
    #expect(read(text) == nil)
  }

  @Test func `a list that is none is named in the problem, and shown`() {
    do throws(Refusal) {
      _ = try EntityTagList(Array("nonsense".utf8), of: "If-None-Match")
      Issue.record("was taken")
    } catch {
      #expect(error.problem.status == 400)
      #expect("\(error.problem.name)" == "invalid-header")
      #expect(error.problem.detail.hasPrefix("If-None-Match: 'nonsense'"))
    }
  }

  @Test func `bytes that are no text are read like others`() {
    for bytes in [[0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22]] as [[UInt8]] {
      let list = try? EntityTagList(bytes, of: "If-Match")
      guard case .tags(let items) = list else {
        Issue.record("\(bytes) is no list")
        continue
      }
      #expect(items.map(\.tag) == [nil])
    }
    for bytes in [[0xFF], [0x22, 0xFF], [0xFF, 0x22, 0x22]] as [[UInt8]] {
      #expect(throws: Refusal.self) { try EntityTagList(bytes, of: "If-Match") }
    }
  }

  @Test func `a long list is read whole`() {
    let list = Array(repeating: Self.tag, count: 500).joined(separator: ",")
    #expect(read(list) == Array(repeating: "version", count: 500))
  }

  // MARK: What a tag says

  @Test func `a version is read back from what it is shown as`() {
    for version in [
      Version(time: 0, writer: 0), Version(time: 1, writer: .max), Version(time: .max, writer: 1),
      Self.version,
    ] {
      #expect(EntityTag("\(version)"[...]) == .version(version))
    }
  }

  @Test(arguments: [
    "", "-", "18ea6b0ad87b80dc", "18ea6b0ad87b80dc-", "-d41a1bf8", "18ea6b0ad87b80dc-d41a1bf8-",
    "18ea6b0ad87b80d-d41a1bf8", "018ea6b0ad87b80dc-d41a1bf8", "18ea6b0ad87b80dc-d41a1bf",
    "18EA6B0AD87B80DC-d41a1bf8", "18ea6b0ad87b80dc-D41A1BF8", "18ea6b0ad87b80dg-d41a1bf8",
    "+8ea6b0ad87b80dc-d41a1bf8", "18ea6b0ad87b80dc_d41a1bf8", " 18ea6b0ad87b80dc-d41a1bf8",
    "18ea6b0ad87b80dc-d41a1bf8 ", "plain-", "plain", "plain-0123456789abcde", "plain-0123456789ABCDEF",
    "plain-0123456789abcdeg",
    "Plain-0123456789abcdef", "plain-+123456789abcdef", "plain-0123456789abcdef-0", "٠٠٠٠٠٠٠٠-00000000",
  ])
  func `what this gateway never gave is of no value`(text: String) {
    #expect(EntityTag(text[...]) == nil)
  }
}

import Testing

@testable import GatewayCore

@Suite struct KeyListParserTests {
  /// An event by itself: a key's name is handed over in memory that is used again.
  private enum Event: Equatable {
    case key([UInt8], lastAccess: Int64, size: Int)
    case end
    case busy
    case refused(String)

    init(_ event: KeyListParser.Event) {
      switch event {
      case .key(let key): self = .key(Array(key.name), lastAccess: key.lastAccess, size: key.size)
      case .end: self = .end
      case .busy: self = .busy
      case .refused(let text): self = .refused(text)
      }
    }
  }

  private func events(_ text: String, pieces: Int = .max) -> (events: [Event], garbled: Int) {
    var parser = KeyListParser()
    var events: [Event] = []
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      rest.prefix(pieces).withUnsafeBytes { parser.parse($0) { events.append(Event($0)) } }
      rest = rest.dropFirst(pieces)
    }
    return (events, parser.garbled)
  }

  private func line(_ key: String, size: Int = 71) -> String {
    "key=\(key) exp=-1 la=1795405408 cas=1 fetch=no cls=1 size=\(size)\n"
  }

  private func key(_ name: [UInt8], size: Int = 71) -> Event {
    .key(name, lastAccess: 1_795_405_408, size: size)
  }

  @Test(arguments: [1, 2, 3, 7, 64, .max])
  func `a listing is read whatever pieces it comes in`(pieces: Int) {
    let text = line("odd%25%26%3D~%2Fkey", size: 77) + line("%00gateway%3Aclock%20%FF%0A") + "END\r\n"
    let (found, garbled) = events(text, pieces: pieces)
    #expect(
      found == [
        key(Array("odd%&=~/key".utf8), size: 77), key([0] + Array("gateway:clock ".utf8) + [0xFF, 10]), .end,
      ])
    #expect(garbled == 0)
  }

  @Test func `a limit of the lifetime and a use make no difference`() {
    let (found, _) = events("key=k exp=1795405508 la=1795405408 cas=3 fetch=yes cls=12 size=71\n")
    #expect(found == [key(Array("k".utf8))])
  }

  @Test(arguments: [
    "key=ab", "key=a%4", "key=abc exp=-1 la=17", "key=abc exp=-1 la=1795405408 cas=1 fetch=no cls=1 size=7",
  ])
  func `a line that breaks off and begins anew is left out, the next one is read`(broken: String) {
    let (found, garbled) = events(broken + line("abc") + line("d") + "END\r\n")
    #expect(found == [key(Array("d".utf8)), .end])
    #expect(garbled == 1)
  }

  @Test(arguments: [
    "key= exp=-1 la=1 cas=1 fetch=no cls=1 size=7", "key=a exp= la=1 cas=1 fetch=no cls=1 size=7",
    "key=a exp=-1 la=1 cas=1 fetch=no cls=1 size=7 x", "key=a exp=-1 la=1 cas=1 fetch=maybe cls=1 size=7",
    "key=a exp=-1 la=1 cas=1 fetch=no cls=1 size=9999999999999999999", "", "\r", "nonsense",
    "key=a%zz exp=-1 la=1 cas=1 fetch=no cls=1 size=7",
  ])
  func `garbage is left out`(garbage: String) {
    let (found, garbled) = events(garbage + "\n" + line("k"))
    #expect(found == [key(Array("k".utf8))])
    #expect(garbled == 1)
  }

  @Test func `a key of 250 bytes is taken, one of 251 is not`() {
    let longest = String(repeating: "%FF", count: 250)
    #expect(events(line(longest)).events == [key(Array(repeating: 0xFF, count: 250))])
    #expect(events(line(longest + "x")).events == [])
  }

  @Test func `a line without an end takes no memory, and what comes after it is read`() {
    let (found, garbled) = events(String(repeating: "x", count: 100_000) + "\n" + line("k"), pieces: 1000)
    #expect(found == [key(Array("k".utf8))])
    #expect(garbled == 1)
  }

  @Test func `what a node says instead of a listing`() {
    #expect(events("BUSY currently processing crawler request\r\n").events == [.busy])
    #expect(
      events("CLIENT_ERROR lru crawler disabled\r\n").events == [
        .refused("CLIENT_ERROR lru crawler disabled")
      ])
    #expect(events("ERROR\r\n").events == [.refused("ERROR")])
  }
}

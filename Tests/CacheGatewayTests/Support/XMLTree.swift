import Foundation
import FoundationXML

/// A well-formed XML document, all of whose elements are in WebDAV's namespace: the text of each.
struct XMLTree {
  private let texts: [String: String]

  init(_ document: [UInt8]) throws {
    let reader = Reader()
    let parser = XMLParser(data: Data(document))
    parser.shouldProcessNamespaces = true
    parser.delegate = reader
    guard parser.parse(), reader.foreign.isEmpty else {
      let reason = parser.parserError.map { "\($0)" } ?? "elements of another namespace: \(reader.foreign)"
      throw XMLTreeError(description: "\(reason) in: \(document.text)")
    }
    texts = reader.texts
  }

  /// Of the element at a path from the root, such as `multistatus/response/href`; nil where there is none.
  subscript(path: String) -> String? { texts[path] }

  /// The names of the elements right below one.
  func children(of path: String) -> Set<String> {
    let below = texts.keys.filter { $0.hasPrefix(path + "/") }.map { $0.dropFirst(path.count + 1) }
    return Set(below.filter { !$0.contains("/") }.map(String.init))
  }
}

struct XMLTreeError: Error, CustomStringConvertible {
  let description: String
}

private final class Reader: NSObject, XMLParserDelegate {
  var texts: [String: String] = [:]
  var foreign: [String] = []
  private var path: [String] = []

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    if namespaceURI != "DAV:" { foreign.append(name) }
    path.append(name)
    texts[path.joined(separator: "/"), default: ""] += ""
  }

  func parser(_ parser: XMLParser, foundCharacters text: String) {
    texts[path.joined(separator: "/"), default: ""] += text
  }

  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
  ) {
    path.removeLast()
  }
}

import GatewayCore

/// What can be done with a node, by the last part of its path.
enum NodeAction: String, CaseIterable {
  case drain, restore, flush
}

/// What stands behind `/nodes/`: a node's name, percent-encoded, and perhaps `/` and an action. A slash in
/// the name is encoded; the name is decoded once it is needed.
struct NodePath {
  let action: NodeAction?
  private let encodedName: Slice<UnsafeBufferPointer<UInt8>>

  /// Throws when there is nothing at this path. Valid for as long as `text` is.
  init(_ text: Slice<UnsafeBufferPointer<UInt8>>) throws(Refusal) {
    let parts = text.split(separator: UInt8(ascii: "/"), maxSplits: 2, omittingEmptySubsequences: false)
    encodedName = parts[0]
    action = parts.count == 2 ? NodeAction(rawValue: String(decoding: parts[1], as: UTF8.self)) : nil
    guard !encodedName.isEmpty, parts.count == 1 || action != nil else {
      throw Refusal(
        .notFound("there is nothing at this path; a slash within a node's name is written as %2F"))
    }
  }

  /// As it is looked for. Bytes that are no UTF-8 are in no node's name.
  var name: String {
    get throws(Refusal) {
      do {
        return String(decoding: try PercentEncoding.decode(encodedName), as: UTF8.self)
      } catch {
        throw Refusal(.notFound("no node has such a name: \(error)"))
      }
    }
  }

  /// As it may be given to a node.
  var newName: String {
    get throws(Refusal) {
      do {
        let name = String(decoding: try PercentEncoding.decode(encodedName), as: UTF8.self)
        return try ValueSyntax.nodeName(name)
      } catch {
        throw Refusal(.invalidNode("name: \(error)"))
      }
    }
  }
}

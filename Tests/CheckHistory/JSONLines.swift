import ArgumentParser
import FoundationEssentials

/// Files with one JSON object a line.
enum JSONLines {
  /// `path` may be - for standard input.
  static func read<Line: Decodable>(_ type: Line.Type, from path: String) throws -> [Line] {
    let data: Data
    do {
      data = try Data(contentsOf: URL(filePath: path == "-" ? "/dev/stdin" : path))
    } catch {
      throw ValidationError("\(path) cannot be read: \(error)")
    }
    return try decode(type, data)
  }

  static func decode<Line: Decodable>(_ type: Line.Type, _ data: Data) throws -> [Line] {
    let decoder = JSONDecoder()
    return try data.split(separator: UInt8(ascii: "\n")).enumerated().map { number, line in
      do {
        return try decoder.decode(type, from: line)
      } catch {
        throw ValidationError("line \(number + 1): \(error)")
      }
    }
  }

  static func text(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}

/// Numbers in a node's statistics.
enum NodeStatistic {
  /// More than any node has items, bytes or seconds, and few enough to be counted with.
  static let most: Int64 = 1 << 48

  /// 0 where it is none.
  static func count(_ text: String?) -> Int64 {
    min(max(text.flatMap { Int64($0) } ?? 0, 0), most)
  }
}

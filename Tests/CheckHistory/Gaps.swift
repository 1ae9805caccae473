import GatewayCore
import HistoryChecker

/// A time in which a client went without a success.
struct Gap {
  let length: Duration
  /// The position, in the history, of the operation that ended it.
  let endedBy: Int
}

/// The gaps of each client: from its first start, or a success, to its next success or its last end.
func gaps(in history: [Operation]) -> [Gap] {
  Dictionary(grouping: history.indices, by: { history[$0].client }).values.flatMap { indices in
    let inOrder = indices.sorted { history[$0].end < history[$1].end }
    var since = indices.map { history[$0].start }.min() ?? .distantFuture
    return inOrder.compactMap { index -> Gap? in
      let isSuccess = history[index].outcome != .unknown
      guard isSuccess || index == inOrder.last else { return nil }
      let length = history[index].end - since
      since = history[index].end
      return Gap(length: length, endedBy: index)
    }
  }
}

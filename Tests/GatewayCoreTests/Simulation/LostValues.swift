import HistoryChecker

/// Reads that missed a value which had been written and not been deleted.
enum LostValues {
  static func find(in history: [Operation]) -> [Operation] {
    history.filter { read in
      guard read.kind == .get, read.outcome == .missing else { return false }
      return history.contains {
        $0.isWrite && $0.outcome == .done && $0.key == read.key && $0.end < read.start
          && !mayBeDeleted($0, before: read, in: history)
      }
    }
  }

  /// By a delete that did not end before the write began, and began before the read ended.
  private static func mayBeDeleted(
    _ write: Operation, before read: Operation, in history: [Operation]
  ) -> Bool {
    history.contains {
      $0.kind == .delete && $0.key == write.key && $0.end > write.start && $0.start < read.end
    }
  }
}

extension Operation {
  fileprivate var isWrite: Bool {
    switch kind {
    case .put, .putIfAbsent, .replace: true
    case .get, .delete: false
    }
  }
}

import GatewayCore

/// Finds, of the operations that ended before an instant, the one that is greatest by some measure. Built in
/// linear time, asked in logarithmic time.
struct EndedBefore<Measure: Comparable> {
  private let operations: [Operation]
  /// The position of the greatest operation up to and including each position.
  private let greatest: [Int]

  /// `operations` by end; those without a measure are left out.
  init(_ operations: [Operation], greatest measure: (Operation) -> Measure?) {
    var kept: [Operation] = []
    var greatest: [Int] = []
    var most: Measure?
    for operation in operations {
      guard let own = measure(operation) else { continue }
      let exceeds = most.map { own > $0 } ?? true
      greatest.append(exceeds ? kept.count : greatest[kept.count - 1])
      if exceeds { most = own }
      kept.append(operation)
    }
    self.operations = kept
    self.greatest = greatest
  }

  func greatest(before instant: Instant) -> Operation? {
    let count = operations.partitioningIndex { $0.end >= instant }
    return count == 0 ? nil : operations[greatest[count - 1]]
  }
}

extension Array {
  /// The first position where `belongsAfter` holds, if it holds for all that follow; else the end.
  fileprivate func partitioningIndex(_ belongsAfter: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if belongsAfter(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

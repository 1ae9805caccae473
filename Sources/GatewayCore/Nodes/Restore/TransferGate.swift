import DequeModule

/// Lets one transfer at a time move keys; those that wait take turns in the order they came. On one event loop.
final class TransferGate {
  private var isTaken = false
  private var waiting: Deque<UnsafeContinuation<Void, Never>> = []

  /// Whether somebody is ahead.
  var isBusy: Bool { isTaken }

  func enter() async {
    if isTaken { return await withUnsafeContinuation { waiting.append($0) } }
    isTaken = true
  }

  func leave() {
    if let next = waiting.popFirst() { next.resume() } else { isTaken = false }
  }
}

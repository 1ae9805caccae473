/// How fast keys are moved.
final class TransferPace {
  /// Waits until so many bytes may be copied.
  func admit(bytes: Int, on loop: any EventLoop) async {}
}

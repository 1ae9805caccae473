/// One timer that serves many deadlines: it is moved only when something is due before it.
public struct EarliestTimer {
  private var armed: (id: TimerID, deadline: Instant)?

  public init() {}

  /// Has `target` fire at `deadline` at the latest.
  @inline(__always)
  public mutating func arm(_ deadline: Instant, on loop: any EventLoop, _ target: any TimerTarget) {
    if let armed, armed.deadline <= deadline { return }
    move(to: deadline, on: loop, target)
  }

  /// Apart, since it is rare: so the check before it costs its callers no more than a comparison.
  @inline(never)
  private mutating func move(to deadline: Instant, on loop: any EventLoop, _ target: any TimerTarget) {
    cancel(on: loop)
    armed = (loop.schedule(at: deadline, target), deadline)
  }

  /// To be called when it fired.
  public mutating func fired() { armed = nil }

  public mutating func cancel(on loop: any EventLoop) {
    if let armed { loop.cancel(armed.id) }
    armed = nil
  }
}

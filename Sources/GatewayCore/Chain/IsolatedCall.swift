extension Coordinator {
  /// Calls `body` isolated to this coordinator, from where the compiler cannot see that the event loop runs
  /// this. Stops the process when it does not. As `assumeIsolated`, which allocates twice for its closure, and
  /// asks the runtime for the executor before the loop is asked for its thread; `body` should capture nothing.
  @inlinable @inline(__always)
  public nonisolated func isolated<Argument>(
    _ argument: Argument, _ body: @escaping (isolated Coordinator, Argument) -> Void
  ) {
    loop.checkIsolated()
    // The types differ in what the compiler checks, not in how the function is called.
    unsafeBitCast(body, to: ((Coordinator, Argument) -> Void).self)(self, argument)
  }
}

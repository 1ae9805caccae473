/// Something small that is measured: `run` does it `count` times.
struct Operation {
  let name: String
  let count: Int
  let run: () -> Void
}

/// Keeps the compiler from leaving out what has no other use.
@inline(never)
func use<Value>(_ value: borrowing Value) {}

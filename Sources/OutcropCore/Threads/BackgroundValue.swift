import Dispatch

/// A value that a thread beside the caller computes, such as the next batch of a training loop.
package final class BackgroundValue<Value>: @unchecked Sendable {
  private let done = DispatchSemaphore(value: 0)
  // Written before the signal, read after it.
  private var value: Value?

  /// Starts `compute`, as `BackgroundThread.run` does.
  package init(_ compute: @escaping @Sendable () -> Value) {
    BackgroundThread.run {
      self.value = compute()
      self.done.signal()
    }
  }

  /// The value; waits until it is computed. Call it once.
  package func wait() -> Value {
    done.wait()
    return value!
  }
}

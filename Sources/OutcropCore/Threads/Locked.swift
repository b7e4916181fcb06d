import Foundation

/// A value that one thread at a time may use.
///
/// It is equivalent to `Synchronization.Mutex`, but uses a lock that the thread sanitizer can see: the
/// lock of `Mutex` is inside an uninstrumented library, so the sanitizer reports false races.
package final class Locked<Value: ~Copyable>: @unchecked Sendable {
  private let lock = NSLock()
  private var value: Value

  package init(_ value: consuming sending Value) { self.value = value }

  /// Calls `body` with the value while no other thread has it.
  package func withLock<Result, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    lock.lock()
    defer { lock.unlock() }
    return try body(&value)
  }
}

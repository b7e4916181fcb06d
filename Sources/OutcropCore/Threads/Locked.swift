import Foundation

/// A value that one thread at a time may use.
///
/// It does what `Synchronization.Mutex` does, over a lock that the thread sanitizer can see: with
/// `Mutex`, whose lock is inside an uninstrumented library, the sanitizer reports races that are
/// none.
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

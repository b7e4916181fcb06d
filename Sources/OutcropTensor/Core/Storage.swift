import OutcropCore

/// The memory behind tensors: a buffer from the pool, returned when the last tensor that uses it is
/// gone.
@usableFromInline
package final class Storage<Scalar>: @unchecked Sendable {
  @usableFromInline package let base: UnsafeMutablePointer<Scalar>
  package let count: Int
  private let buffer: BufferPool.Buffer
  /// Recomputes the contents from tensors that are saved anyway. A gradient rule can capture this closure
  /// instead of the buffer. Set by the operation that writes the memory, before any other code reads it;
  /// nil after the memory is written to again.
  package var recompute: (() -> Storage)?

  /// Allocates `count` elements with undefined contents.
  package init(count: Int) {
    self.count = count
    buffer = BufferPool.allocate(byteCount: count * MemoryLayout<Scalar>.stride)
    base = buffer.base.bindMemory(to: Scalar.self, capacity: count)
  }

  deinit { BufferPool.release(buffer) }
}

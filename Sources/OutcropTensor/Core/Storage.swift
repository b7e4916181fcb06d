import OutcropCore

/// The memory behind tensors: a buffer from the pool that goes back when the last tensor is gone.
@usableFromInline
package final class Storage<Scalar>: @unchecked Sendable {
  @usableFromInline package let base: UnsafeMutablePointer<Scalar>
  package let count: Int
  private let buffer: BufferPool.Buffer
  /// Makes the same contents again, cheaply, from what is kept anyway: who needs them for a gradient may
  /// keep this instead. Set by the operation that writes the memory, before anybody else sees it; gone when
  /// the memory is written to again.
  package var recipe: (() -> Storage)?

  /// Undefined contents.
  package init(count: Int) {
    self.count = count
    buffer = BufferPool.allocate(byteCount: count * MemoryLayout<Scalar>.stride)
    base = buffer.base.bindMemory(to: Scalar.self, capacity: count)
  }

  deinit { BufferPool.release(buffer) }
}

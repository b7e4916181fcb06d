/// Calls `body` with uninitialized memory from the pool, aligned to 64 bytes.
@inlinable
package func withScratch<Element, Result>(
  of type: Element.Type, count: Int, _ body: (UnsafeMutablePointer<Element>) -> Result
) -> Result {
  let buffer = BufferPool.allocate(byteCount: count * MemoryLayout<Element>.stride)
  defer { BufferPool.release(buffer) }
  return body(buffer.base.bindMemory(to: type, capacity: count))
}

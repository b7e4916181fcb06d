import CKernels
import OutcropCore

// Elements are plain values, so copies are copies of bytes. The kernel is used for rows that are long enough for
// memcpy's slow cases (Sources/CKernels/template/copies.h).

/// y[i] = x[i] for `count` elements; the memory must not overlap.
@inline(__always)
func copyElements<Element>(
  _ x: UnsafePointer<Element>, to y: UnsafeMutablePointer<Element>, count: Int
) {
  let bytes = count * MemoryLayout<Element>.stride
  if bytes < 1024 {
    UnsafeMutableRawPointer(y).copyMemory(from: x, byteCount: bytes)
  } else {
    Kernels<Float>.table.copy_rows!(x, 0, y, 0, 1, Int64(bytes))
  }
}

/// Copies `rows` rows of `count` elements, which are at distances of their own in both arrays, in parallel.
func copyRows<Element>(
  _ x: UnsafePointer<Element>, _ sourceStride: Int, to y: UnsafeMutablePointer<Element>,
  _ targetStride: Int, rows: Int, count: Int
) {
  if count == 0 { return }
  let size = MemoryLayout<Element>.stride
  let (source, target) = (UnsafeRawPointer(x), UnsafeMutableRawPointer(y))
  let copy = Kernels<Float>.table.copy_rows!
  // A single row is divided, many are distributed.
  if rows == 1 {
    ThreadPool.forRanges(count, grain: elementGrain) { range in
      let start = range.lowerBound * size
      copy(source + start, 0, target + start, 0, 1, Int64(range.count * size))
    }
    return
  }
  ThreadPool.forRanges(rows, grain: max(1, elementGrain / count)) { range in
    let first = range.lowerBound * size
    copy(
      source + first * sourceStride, Int64(sourceStride * size), target + first * targetStride,
      Int64(targetStride * size), Int64(range.count), Int64(count * size))
  }
}

/// How one product is split into chunks. The plan depends on the sizes and on OpenBLAS's kernels,
/// never on the number of threads.
///
/// The limits come from measurements (see `Docs/Performance.md`). OpenBLAS's small-matrix kernels
/// reach about 1.2 times the speed of its general ones on the shapes that training uses, so those
/// shapes are cut to stay within the kernels' limit. Where OpenBLAS has no such kernels, this
/// package's own kernel computes these shapes.
package struct ProductPlan: Equatable {
  let m: Int
  let n: Int
  let k: Int
  /// Each chunk has at most this many rows and columns of C.
  private(set) var rowChunk: Int
  private(set) var columnChunk: Int
  /// The largest part of the inner dimension that a chunk sums over. If it is less than `k`, the chunks
  /// are partial products, which are added in order afterward.
  private(set) var depthChunk: Int
  /// Whether the right factor (after its transposition) is first copied into panels of
  /// `columnChunk` columns.
  private(set) var copiesRight = false
  /// Whether chunks are computed by `smallMatrixMultiply` instead of OpenBLAS.
  let usesKernel: Bool

  /// Multiply-adds up to which OpenBLAS uses its small-matrix kernels.
  package static let smallKernelWork = 1_000_000

  /// The most elements of a result that is small compared with a long inner dimension.
  private static let smallResult = 1 << 15

  init(m: Int, n: Int, k: Int, transposesLeft: Bool, transposesRight: Bool) {
    (self.m, self.n, self.k) = (m, n, k)
    (rowChunk, columnChunk, depthChunk) = (max(1, m), max(1, n), max(1, k))
    // Large products with a long inner dimension are OpenBLAS's best, and a few rows or columns
    // would leave most of a vector unused.
    usesKernel =
      replacesOpenBLAS && min(m, n) >= 4 && (k <= 256 || m * n <= Self.smallResult)
    if m == 0 || n == 0 || k == 0 { return }
    if m * n <= Self.smallResult, k >= 1024, k >= 4 * max(m, n) {
      cutDepth()
    } else if k <= 256 {
      // OpenBLAS has no small-matrix kernel for a plain left and a transposed right factor, and
      // wide rows of the right factor evict each other from the first-level cache.
      let isSlow = !transposesLeft && transposesRight
      copiesRight = OpenBLAS.hasSmallKernels && m >= 128 && (isSlow || n > 128)
      cutShallow(small: OpenBLAS.hasSmallKernels && (!isSlow || copiesRight))
    } else {
      cutDeep()
    }
  }

  /// A long inner dimension and a small result, such as a weight's gradient.
  private mutating func cutDepth() {
    rowChunk = min(m, 64)
    columnChunk = min(n, 64)
    depthChunk = min(512, Self.smallKernelWork / (rowChunk * columnChunk)) & ~7
  }

  /// A short inner dimension, such as a layer's forward pass over all rows of a batch.
  private mutating func cutShallow(small: Bool) {
    let total = m * n * k
    let most = small ? Self.smallKernelWork : 3 * Self.smallKernelWork
    let work = min(max(total / 16, 1 << 17), most)
    if total <= work { return }
    if small {
      columnChunk = n <= 64 || (n <= 128 && n * k <= 1 << 14) ? n : 64
    } else {
      columnChunk = min(n, 512)
    }
    rowChunk = min(m, max(8, (work / (k * columnChunk)) & ~7))
    if rowChunk == m, n > columnChunk {
      columnChunk = min(n, max(64, (work / (k * m)) & ~63))
    }
  }

  /// A long inner dimension and a large result: tiles wide enough for the general kernels.
  private mutating func cutDeep() {
    let area = max(m * n / 8, (1 << 21) / k)
    if m >= n {
      columnChunk = min(n, 1024)
      rowChunk = min(m, min(512, max(64, (area / columnChunk + 31) & ~31)))
    } else {
      rowChunk = min(m, 1024)
      columnChunk = min(n, min(512, max(64, (area / rowChunk + 31) & ~31)))
    }
  }

  var rowChunkCount: Int { (m + rowChunk - 1) / rowChunk }
  var columnChunkCount: Int { (n + columnChunk - 1) / columnChunk }
  var depthChunkCount: Int { max(1, (k + depthChunk - 1) / depthChunk) }
  /// The number of blocks of C.
  var tileCount: Int { rowChunkCount * columnChunkCount }

  /// The rows of block `tile`.
  func rows(_ tile: Int) -> Range<Int> {
    let start = tile % rowChunkCount * rowChunk
    return start..<min(m, start + rowChunk)
  }

  /// The columns of block `tile`.
  func columns(_ tile: Int) -> Range<Int> {
    let start = tile / rowChunkCount * columnChunk
    return start..<min(n, start + columnChunk)
  }

  /// The range of the inner dimension of depth chunk `chunk`.
  func depth(_ chunk: Int) -> Range<Int> {
    let start = chunk * depthChunk
    return start..<min(k, start + depthChunk)
  }
}

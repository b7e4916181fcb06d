import CKernels

/// C ← alpha · op(A) op(B) + beta · C on the calling thread, for matrices that fit in the
/// second-level cache. C is [rows, columns], `depth` is the inner dimension, at least 1, and the
/// strides are those between stored rows.
///
/// With `beta` 0 the bits of a row of C do not depend on the other rows of the call. `streams`
/// writes C with non-temporal stores; see `shouldStream`.
@inline(__always)
package func smallMatrixMultiply<Scalar: BLASScalar>(
  _ transposeA: Bool, _ transposeB: Bool, _ rows: Int, _ columns: Int, _ depth: Int,
  _ alpha: Scalar, _ a: UnsafePointer<Scalar>, _ strideA: Int, _ b: UnsafePointer<Scalar>,
  _ strideB: Int, _ beta: Scalar, _ c: UnsafeMutablePointer<Scalar>, _ strideC: Int,
  streams: Bool = false
) {
  var product = oc_small_product(
    m: Int64(rows), n: Int64(columns), k: Int64(depth), alpha: Double(alpha), beta: Double(beta),
    a: a, a_row: Int64(transposeA ? 1 : strideA), a_column: Int64(transposeA ? strideA : 1),
    b: b, b_row: Int64(transposeB ? 1 : strideB), b_column: Int64(transposeB ? strideB : 1),
    c: c, c_row: Int64(strideC), streams: streams ? 1 : 0)
  if Scalar.self == Float.self {
    SmallProducts.float(&product)
  } else {
    SmallProducts.double(&product)
  }
}

private enum SmallProducts {
  nonisolated(unsafe) static let float = oc_kernels_float().pointee.small_product
  nonisolated(unsafe) static let double = oc_kernels_double().pointee.small_product
}

/// Whether `smallMatrixMultiply` is faster than OpenBLAS for all products in cache: OpenBLAS has no
/// kernels for small matrices, and this package has one for the processor's wide vectors. It
/// depends on the processor and the environment's choice of kernels alone, so that a machine always
/// gives the same bits.
package let replacesOpenBLAS =
  !OpenBLAS.hasSmallKernels
  && String(cString: oc_kernels_float().pointee.instruction_set) != "baseline"

/// Like `smallMatrixMultiply`, but by OpenBLAS unless `usesKernel`; by default where OpenBLAS has kernels for small
/// matrices.
@inline(__always)
package func cachedMatrixMultiply<Scalar: BLASScalar>(
  _ transposeA: Bool, _ transposeB: Bool, _ rows: Int, _ columns: Int, _ depth: Int,
  _ alpha: Scalar, _ a: UnsafePointer<Scalar>, _ strideA: Int, _ b: UnsafePointer<Scalar>,
  _ strideB: Int, _ beta: Scalar, _ c: UnsafeMutablePointer<Scalar>, _ strideC: Int,
  usesKernel: Bool = replacesOpenBLAS
) {
  if usesKernel {
    smallMatrixMultiply(
      transposeA, transposeB, rows, columns, depth, alpha, a, strideA, b, strideB, beta, c, strideC)
  } else {
    Scalar._gemm(
      transposeA, transposeB, rows, columns, depth, alpha, a, strideA, b, strideB, beta, c, strideC)
  }
}

/// Whether results of `byteCount` bytes do not fit in the processor's last-level cache. Results
/// this large that are not read at once are written with non-temporal stores.
package func exceedsCaches(_ byteCount: Int) -> Bool { byteCount >= 32 << 20 }

/// Whether a batch's results are written with non-temporal stores: they do not fit in the caches,
/// and every store writes a whole line. An ordinary store would first read the line from memory.
func shouldStream<Scalar: BLASScalar>(
  _ c: MutableBatchedMatrixView<Scalar>, depth: Int, beta: Scalar
) -> Bool {
  let size = MemoryLayout<Scalar>.stride
  return beta == 0 && depth <= Int(OC_PRODUCT_DEPTH)
    && exceedsCaches(c.count * c.rows * c.columns * size)
    && [Int(bitPattern: c.base), c.columns * size, c.rowStride * size, c.batchStride * size]
      .allSatisfy { $0 % 64 == 0 }
}

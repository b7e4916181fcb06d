/// C ← alpha · op(A) op(B) + beta · C for tiny blocks: four rows by four columns at a time, in
/// registers. A function call's worth of overhead, where BLAS takes some fifty nanoseconds.
@inline(__always)
func tinyProduct<Scalar: BLASScalar & SIMDScalar>(
  _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int,
  _ alpha: Scalar, _ a: UnsafePointer<Scalar>, _ lda: Int, _ b: UnsafePointer<Scalar>, _ ldb: Int,
  _ beta: Scalar, _ c: UnsafeMutablePointer<Scalar>, _ ldc: Int
) {
  let (aRow, aColumn) = transposeA ? (1, lda) : (lda, 1)
  let (bRow, bColumn) = transposeB ? (1, ldb) : (ldb, 1)
  var column = 0
  while column < n {
    let width = min(4, n - column)
    let right = b + column * bColumn
    var row = 0
    while row < m {
      let height = min(4, m - row)
      // The last rows repeat the first of the block instead of reading past the end.
      let a0 = a + row * aRow
      let a1 = a0 + (height > 1 ? aRow : 0)
      let a2 = a0 + (height > 2 ? 2 * aRow : 0)
      let a3 = a0 + (height > 3 ? 3 * aRow : 0)
      var sums = (SIMD4<Scalar>(), SIMD4<Scalar>(), SIMD4<Scalar>(), SIMD4<Scalar>())
      for p in 0..<k {
        let y = load(right + p * bRow, bColumn, width)
        let left = p * aColumn
        sums.0 += y * a0[left]
        sums.1 += y * a1[left]
        sums.2 += y * a2[left]
        sums.3 += y * a3[left]
      }
      let target = c + row * ldc + column
      store(sums.0, width, alpha, beta, target)
      if height > 1 { store(sums.1, width, alpha, beta, target + ldc) }
      if height > 2 { store(sums.2, width, alpha, beta, target + 2 * ldc) }
      if height > 3 { store(sums.3, width, alpha, beta, target + 3 * ldc) }
      row += 4
    }
    column += 4
  }
}

@inline(__always)
private func load<Scalar: SIMDScalar & BinaryFloatingPoint>(
  _ pointer: UnsafePointer<Scalar>, _ stride: Int, _ width: Int
) -> SIMD4<Scalar> {
  if width == 4 {
    if stride == 1 {
      return UnsafeRawPointer(pointer).loadUnaligned(as: SIMD4<Scalar>.self)
    }
    return SIMD4(pointer[0], pointer[stride], pointer[2 * stride], pointer[3 * stride])
  }
  return SIMD4(
    pointer[0], width > 1 ? pointer[stride] : 0, width > 2 ? pointer[2 * stride] : 0, 0)
}

@inline(__always)
private func store<Scalar: SIMDScalar & BinaryFloatingPoint>(
  _ sum: SIMD4<Scalar>, _ width: Int, _ alpha: Scalar, _ beta: Scalar,
  _ target: UnsafeMutablePointer<Scalar>
) {
  let scaled = sum * alpha
  if width == 4 {
    let raw = UnsafeMutableRawPointer(target)
    var value = scaled
    if beta != 0 { value += raw.loadUnaligned(as: SIMD4<Scalar>.self) * beta }
    raw.storeBytes(of: value, as: SIMD4<Scalar>.self)
    return
  }
  for lane in 0..<width {
    target[lane] = beta == 0 ? scaled[lane] : scaled[lane] + beta * target[lane]
  }
}

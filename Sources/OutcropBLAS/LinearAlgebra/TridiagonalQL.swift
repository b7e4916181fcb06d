import CKernels

/// The eigenvalues and eigenvectors of a tridiagonal matrix by the implicit QL iteration with
/// Wilkinson's shift (Golub & Van Loan, section 8.3).
///
/// LAPACK's xSTEQR computes the same values, but applies the rotations in scalar loops, which take most
/// of the time for matrices of some tens of rows. Here the rotations of a sweep are vectorized over
/// rows, and their angles are computed in double precision. The matrix must be scaled to about 1.
///
/// `diagonal` [n] is replaced by the eigenvalues, unsorted. `offDiagonal` [n] holds n - 1 numbers and one
/// unused element, and is overwritten. The columns of `vectors`, `stride` apart (whole lines of 64
/// bytes, zero below row n), are multiplied by the eigenvectors, unless `vectors` is nil. Returns
/// the index of an eigenvalue that did not converge in 50 sweeps, or nil.
@inline(__always)
func tridiagonalQL<Scalar: BLASScalar>(
  _ n: Int, _ diagonal: UnsafeMutablePointer<Double>, _ offDiagonal: UnsafeMutablePointer<Double>,
  _ vectors: UnsafeMutablePointer<Scalar>?, stride: Int, cosines: UnsafeMutablePointer<Scalar>,
  sines: UnsafeMutablePointer<Scalar>
) -> Int? {
  let (d, e) = (diagonal, offDiagonal)
  let rotate = Scalar.self == Float.self ? Rotations.float : Rotations.double
  let unit = Double(Scalar.ulpOfOne)
  // Numbers above this have squares that do not underflow; smaller numbers are negligible compared
  // with 1.
  let negligible = 1e-140
  e[n - 1] = 0
  for first in 0..<n {
    for sweep in 0... {
      // A negligible element off the diagonal splits the matrix into two.
      var last = first
      while last < n - 1, abs(e[last]) > unit * (abs(d[last]) + abs(d[last + 1])),
        abs(e[last]) > negligible
      { last += 1 }
      if last == first { break }
      if sweep == 50 { return first }
      let slope = (d[first + 1] - d[first]) / (2 * e[first])
      let root = (slope * slope + 1).squareRoot()
      var g = d[last] - d[first] + e[first] / (slope + (slope < 0 ? -root : root))
      var (c, s, shift) = (1.0, 1.0, 0.0)
      var j = last - 1
      while j >= first {
        let (f, b) = (s * e[j], c * e[j])
        let r = (f * f + g * g).squareRoot()
        e[j + 1] = r
        if r <= negligible {
          d[j + 1] -= shift
          e[last] = 0
          break
        }
        (s, c) = (f / r, g / r)
        g = d[j + 1] - shift
        let t = (d[j] - g) * s + 2 * c * b
        shift = s * t
        d[j + 1] = g + shift
        g = c * t - b
        cosines[j] = Scalar(c)
        sines[j] = Scalar(s)
        j -= 1
      }
      let done = max(j + 1, first)
      if let vectors {
        rotate(
          vectors + done * stride, Int64(stride), cosines + done, sines + done, Int64(last - done))
      }
      if j < first {
        d[first] -= shift
        e[first] = g
        e[last] = 0
      }
    }
  }
  return nil
}

private enum Rotations {
  nonisolated(unsafe) static let float = oc_kernels_float().pointee.rotate_columns
  nonisolated(unsafe) static let double = oc_kernels_double().pointee.rotate_columns
}

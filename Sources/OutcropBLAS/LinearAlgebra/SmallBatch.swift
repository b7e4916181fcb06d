import CKernels

// Many small matrices are decomposed together by the kernels of `oc_packed`: lane l of every vector
// belongs to matrix l. Matrices that the kernels flag (not finite, singular, extreme magnitudes) are
// recomputed one at a time by LAPACK, which also reports the error. Each function returns false if the
// batch has too few matrices or too large ones.

extension BatchedMatrixView where Scalar: BLASScalar {
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func smallFactors(
    _ factors: MutableBatchedMatrixView<Scalar>, _ pivots: UnsafeMutablePointer<Int32>,
    _ operation: String
  ) throws(LinearAlgebraError) -> Bool {
    let n = rows
    guard n == columns, isSmall() else { return false }
    let (kernels, lanes) = (Packed<Scalar>.table, Int(Packed<Scalar>.table.lanes))
    try forPacks(elements: [n * n, n], cost: n * n * n / 3) { pack, pieces in
      let (a, exchanged) = (pieces.take(n * n * lanes), pieces.takeIntegers(n * lanes))
      let flags = self.pack(pack, into: a) | kernels.lu(Int64(n), a, exchanged)
      factors.unpack(pack, from: a, skipping: flags)
      for (lane, index) in pack.enumerated() where flags >> lane & 1 == 0 {
        for step in 0..<n { pivots[index * n + step] = exchanged[step * lanes + lane] }
      }
      return flags
    } oneByOne: { index throws(LinearAlgebraError) in
      try self.only(index).luFactors(
        into: factors.only(index), pivots: pivots + index * n, operation: operation)
    }
    return true
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func smallLUSolve(
    _ pivots: UnsafePointer<Int32>, _ transposition: Transposition, _ b: BatchedMatrixView<Scalar>,
    _ x: MutableBatchedMatrixView<Scalar>, _ operation: String
  ) throws(LinearAlgebraError) -> Bool {
    let (n, k) = (rows, b.columns)
    guard isSmall(k) else { return false }
    let (kernels, lanes) = (Packed<Scalar>.table, Int(Packed<Scalar>.table.lanes))
    try forPacks(elements: [n * n, n * k, n], cost: n * n * k) { pack, pieces in
      let (a, right) = (pieces.take(n * n * lanes), pieces.take(n * k * lanes))
      let exchanged = pieces.takeIntegers(n * lanes)
      var flags = self.pack(pack, into: a) | b.pack(pack, into: right)
      for lane in 0..<lanes {
        let index = min(pack.lowerBound + lane, pack.upperBound - 1)
        if zeroPivot(self[index]) != nil { flags |= 1 << lane }
        for step in 0..<n { exchanged[step * lanes + lane] = pivots[index * n + step] }
      }
      kernels.lu_solve(
        Int64(n), Int64(k), a, exchanged, transposition == .transposed ? 1 : 0, right)
      flags |= kernels.flags(right, Int64(n * k))
      x.unpack(pack, from: right, skipping: flags)
      return flags
    } oneByOne: { index throws(LinearAlgebraError) in
      try self.only(index).luSolve(
        pivots + index * n, transposition, b.only(index), into: x.only(index), operation: operation)
    }
    return true
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func smallSolve(
    _ b: BatchedMatrixView<Scalar>, _ x: MutableBatchedMatrixView<Scalar>
  ) throws(LinearAlgebraError) -> Bool {
    let (n, k) = (rows, b.columns)
    guard isSmall(k) else { return false }
    let (kernels, lanes) = (Packed<Scalar>.table, Int(Packed<Scalar>.table.lanes))
    try forPacks(elements: [n * n, n * k, n], cost: n * n * (n / 3 + k)) { pack, pieces in
      let (a, right) = (pieces.take(n * n * lanes), pieces.take(n * k * lanes))
      let exchanged = pieces.takeIntegers(n * lanes)
      var flags = self.pack(pack, into: a) | b.pack(pack, into: right)
      flags |= kernels.lu(Int64(n), a, exchanged)
      kernels.lu_solve(Int64(n), Int64(k), a, exchanged, 0, right)
      flags |= kernels.flags(right, Int64(n * k))
      x.unpack(pack, from: right, skipping: flags)
      return flags
    } oneByOne: { index throws(LinearAlgebraError) in
      try self.only(index).solve(b.only(index), into: x.only(index))
    }
    return true
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func smallInverse(_ target: MutableBatchedMatrixView<Scalar>) throws(LinearAlgebraError) -> Bool {
    let n = rows
    guard isSmall() else { return false }
    let (kernels, lanes) = (Packed<Scalar>.table, Int(Packed<Scalar>.table.lanes))
    try forPacks(elements: [n * n, n * n, n], cost: n * n * n) { pack, pieces in
      let (a, inverse) = (pieces.take(n * n * lanes), pieces.take(n * n * lanes))
      let exchanged = pieces.takeIntegers(n * lanes)
      inverse.update(repeating: 0, count: n * n * lanes)
      for row in 0..<n {
        (inverse + row * (n + 1) * lanes).update(repeating: 1, count: lanes)
      }
      var flags = self.pack(pack, into: a) | kernels.lu(Int64(n), a, exchanged)
      kernels.lu_solve(Int64(n), Int64(n), a, exchanged, 0, inverse)
      flags |= kernels.flags(inverse, Int64(n * n))
      target.unpack(pack, from: inverse, skipping: flags)
      return flags
    } oneByOne: { index throws(LinearAlgebraError) in
      try self.only(index).inverse(into: target.only(index))
    }
    return true
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func smallCholesky(
    _ target: MutableBatchedMatrixView<Scalar>
  ) throws(LinearAlgebraError) -> Bool {
    let n = rows
    guard isSmall() else { return false }
    let (kernels, lanes) = (Packed<Scalar>.table, Int(Packed<Scalar>.table.lanes))
    try forPacks(elements: [n * n], cost: n * n * n / 6) { pack, pieces in
      let a = pieces.take(n * n * lanes)
      let flags = self.pack(pack, into: a) | kernels.cholesky(Int64(n), a)
      target.unpack(pack, from: a, skipping: flags)
      return flags
    } oneByOne: { index throws(LinearAlgebraError) in
      try self.only(index).cholesky(into: target.only(index))
    }
    return true
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func smallQR(
    q: MutableBatchedMatrixView<Scalar>?, r: MutableBatchedMatrixView<Scalar>
  ) throws(LinearAlgebraError) -> Bool {
    let (m, n, width) = (rows, columns, r.rows)
    let rank = min(m, n)
    guard isSmall() else { return false }
    let (kernels, lanes) = (Packed<Scalar>.table, Int(Packed<Scalar>.table.lanes))
    try forPacks(elements: [m * n, m * width, 1], cost: m * n * rank) { pack, pieces in
      let (a, factor) = (pieces.take(m * n * lanes), pieces.take(m * width * lanes))
      let powers = pieces.take(lanes)
      // The kernel works on transposes.
      var flags = self.pack(pack, into: a, transposed: true)
      flags |= kernels.scale(a, Int64(m * n), powers)
      kernels.qr(Int64(m), Int64(n), a, Int64(width), q == nil ? nil : factor)
      // The elements below the diagonal describe the reflections; in R they are zero.
      for column in 0..<min(n, m - 1) {
        (a + (column * (m + 1) + 1) * lanes).update(repeating: 0, count: (m - 1 - column) * lanes)
      }
      kernels.multiply(a, Int64(m * n), powers)
      r.unpack(pack, from: a, pitch: m, transposed: true, skipping: flags)
      q?.unpack(pack, from: factor, pitch: m, transposed: true, skipping: flags)
      return flags
    } oneByOne: { index throws(LinearAlgebraError) in
      try self.only(index).qr(q: q?.only(index), r: r.only(index))
    }
    return true
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func smallSVD(
    u: MutableBatchedMatrixView<Scalar>?, values: UnsafeMutablePointer<Scalar>,
    vTransposed: MutableBatchedMatrixView<Scalar>?, _ operation: String
  ) throws(LinearAlgebraError) -> Bool {
    let (m, n) = (rows, columns)
    let (short, long) = (min(m, n), max(m, n))
    guard isSmall() else { return false }
    let (kernels, lanes) = (Packed<Scalar>.table, Int(Packed<Scalar>.table.lanes))
    // The kernel decomposes tall matrices; for a wide one, the transpose.
    let isTall = m >= n
    let (longPitch, shortPitch) = (spacedPitch(long), spacedPitch(short))
    try forPacks(
      elements: [
        short * long, short * longPitch, short * shortPitch, short * short, short, short, short, 1,
      ],
      cost: 8 * short * short * long
    ) { pack, pieces in
      let (a, work) = (pieces.take(short * long * lanes), pieces.take(short * short * lanes))
      let (x, y) = (pieces.take(short * longPitch * lanes), pieces.take(short * shortPitch * lanes))
      let (diagonal, offDiagonal) = (pieces.take(short * lanes), pieces.take(short * lanes))
      let (sigma, powers) = (pieces.take(short * lanes), pieces.take(lanes))
      let (left, right) = (u == nil ? nil : x, u == nil ? nil : y)
      var flags = self.pack(pack, into: a, transposed: isTall)
      flags |= kernels.scale(a, Int64(short * long), powers)
      kernels.bidiagonal(
        Int64(short), Int64(long), a, diagonal, offDiagonal, left, Int64(longPitch), right,
        Int64(shortPitch), work)
      flags |= kernels.bidiagonal_qr(
        Int64(short), Int64(long), diagonal, offDiagonal, flags, sigma, left, Int64(longPitch),
        right, Int64(shortPitch))
      kernels.multiply(sigma, Int64(short), powers)
      withUnsafeTemporaryAllocation(of: Int.self, capacity: short) { order in
        for (lane, index) in pack.enumerated() where flags >> lane & 1 == 0 {
          sortDescending(order, sigma + lane, stride: lanes)
          for place in 0..<short {
            values[index * short + place] = sigma[order[place] * lanes + lane]
          }
          guard let u = u?[index], let v = vTransposed?[index] else { continue }
          let (left, leftPitch) = isTall ? (x, longPitch) : (y, shortPitch)
          let (right, rightPitch) = isTall ? (y, shortPitch) : (x, longPitch)
          for place in 0..<short {
            let row = order[place]
            copyLane(
              left + row * leftPitch * lanes + lane, lanes, to: u.base + place, u.rowStride, m)
            copyLane(
              right + row * rightPitch * lanes + lane, lanes, to: v.base + place * v.rowStride, 1, n
            )
          }
        }
      }
      return flags
    } oneByOne: { index throws(LinearAlgebraError) in
      try self.only(index).svd(
        u: u?.only(index), values: values + index * short, vTransposed: vTransposed?.only(index),
        operation: operation)
    }
    return true
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func smallSymmetricEigen(
    _ values: UnsafeMutablePointer<Scalar>, _ vectors: MutableBatchedMatrixView<Scalar>?
  ) throws(LinearAlgebraError) -> Bool {
    let n = rows
    guard isSmall() else { return false }
    let (kernels, lanes) = (Packed<Scalar>.table, Int(Packed<Scalar>.table.lanes))
    let pitch = spacedPitch(n)
    try forPacks(
      elements: [n * n, n * pitch, n, n, n, 1], cost: 6 * n * n * n
    ) { pack, pieces in
      let (a, q) = (pieces.take(n * n * lanes), pieces.take(n * pitch * lanes))
      let (diagonal, offDiagonal) = (pieces.take(n * lanes), pieces.take(n * lanes))
      let (lambda, powers) = (pieces.take(n * lanes), pieces.take(lanes))
      // The kernel reads both triangles; the lower one is not part of the input.
      self.packSymmetric(pack, into: a)
      var flags = kernels.scale(a, Int64(n * n), powers)
      let rotated = vectors == nil ? nil : q
      kernels.tridiagonal(Int64(n), a, diagonal, offDiagonal, rotated, Int64(pitch))
      flags |= kernels.ql(Int64(n), diagonal, offDiagonal, flags, lambda, rotated, Int64(pitch))
      kernels.multiply(lambda, Int64(n), powers)
      withUnsafeTemporaryAllocation(of: Int.self, capacity: n) { order in
        for (lane, index) in pack.enumerated() where flags >> lane & 1 == 0 {
          sortDescending(order, lambda + lane, stride: lanes)
          for place in 0..<n {
            values[index * n + place] = lambda[order[n - 1 - place] * lanes + lane]
          }
          guard let target = vectors?[index] else { continue }
          for place in 0..<n {
            copyLane(
              q + order[n - 1 - place] * pitch * lanes + lane, lanes, to: target.base + place,
              target.rowStride, n)
          }
        }
      }
      return flags
    } oneByOne: { index throws(LinearAlgebraError) in
      try self.only(index).symmetricEigen(values: values + index * n, vectors: vectors?.only(index))
    }
    return true
  }

  /// Calls `body` with the index of each matrix, the diagonal of U and the sign of P, and `oneByOne`
  /// with the indices of flagged matrices.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func smallDeterminants(
    _ body: (Int, UnsafeMutableBufferPointer<Scalar>, Scalar) -> Void,
    oneByOne: (Int) throws(LinearAlgebraError) -> Void
  ) throws(LinearAlgebraError) -> Bool {
    let n = rows
    guard isSmall() else { return false }
    let (kernels, lanes) = (Packed<Scalar>.table, Int(Packed<Scalar>.table.lanes))
    try forPacks(elements: [n * n, n, 1], cost: n * n * n / 3) { pack, pieces in
      let (a, exchanged) = (pieces.take(n * n * lanes), pieces.takeIntegers(n * lanes))
      let diagonal = pieces.take(n)
      let flags = self.pack(pack, into: a) | kernels.lu(Int64(n), a, exchanged)
      for (lane, index) in pack.enumerated() where flags >> lane & 1 == 0 {
        var sign: Scalar = 1
        for step in 0..<n {
          diagonal[step] = a[step * (n + 1) * lanes + lane]
          if Int(exchanged[step * lanes + lane]) != step { sign = -sign }
        }
        body(index, UnsafeMutableBufferPointer(start: diagonal, count: n), sign)
      }
      return flags
    } oneByOne: { index throws(LinearAlgebraError) in
      try oneByOne(index)
    }
    return true
  }
}

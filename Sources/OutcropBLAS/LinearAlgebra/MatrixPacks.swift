import CKernels
import OutcropCore

// A pack is as many matrices as a vector has lanes: element (i, j) of all of them stands in one vector.

/// The largest number of rows and of columns of matrices that are decomposed together.
let mostSmallRows = Int(OC_PACKED_ROWS)

/// The vectorized decompositions for a scalar type on this processor.
enum Packed<Scalar: BLASScalar> {
  static var table: oc_packed {
    Scalar.self == Float.self ? PackedTables.float.pointee : PackedTables.double.pointee
  }
}

private enum PackedTables {
  nonisolated(unsafe) static let float = oc_packed_for_float()
  nonisolated(unsafe) static let double = oc_packed_for_double()
}

extension BatchedMatrixView where Scalar: BLASScalar {
  /// Whether the batch has enough matrices and they are small.
  func isSmall(_ other: Int = 1) -> Bool {
    count >= 4 && min(rows, columns) >= 1 && max(rows, columns) <= mostSmallRows && other >= 1
      && other <= mostSmallRows
  }

  /// Matrix `index` as a batch.
  func only(_ index: Int) -> BatchedMatrixView {
    BatchedMatrixView(
      base + index * batchStride, count: 1, rows: rows, columns: columns, rowStride: rowStride)
  }

  /// Calls `body` for each pack of matrices; `elements` are the sizes of its scratch memory for one
  /// matrix. `body` returns a set bit for each matrix that `oneByOne` must compute.
  @inline(__always)
  func forPacks(
    elements: [Int], cost: Int, _ body: (Range<Int>, inout ScratchPieces<Scalar>) -> UInt32,
    oneByOne: (Int) throws(LinearAlgebraError) -> Void
  ) throws(LinearAlgebraError) {
    let lanes = Int(Packed<Scalar>.table.lanes)
    let packs = max(1, (1 << 16) / (cost + 64))
    let scratch = elements.reduce(0) { $0 + ScratchPieces<Scalar>.size($1 * lanes) }
    try forGroups(count, of: packs * lanes, scratch: scratch, Scalar.self) {
      (range, pieces) throws(LinearAlgebraError) in
      let start = pieces
      var first = range.lowerBound
      while first < range.upperBound {
        let pack = first..<min(first + lanes, range.upperBound)
        pieces = start
        let flags = body(pack, &pieces)
        for (lane, index) in pack.enumerated() where flags >> lane & 1 == 1 {
          do throws(LinearAlgebraError) {
            try oneByOne(index)
          } catch {
            throw LinearAlgebraError(
              error.operation, matrix: index, error.problem, status: error.status)
          }
        }
        first = pack.upperBound
      }
    }
  }

  func pack(
    _ pack: Range<Int>, into packed: UnsafeMutablePointer<Scalar>, transposed: Bool = false
  ) -> UInt32 {
    Packed<Scalar>.table.pack(
      base + pack.lowerBound * batchStride, Int64(batchStride), Int64(transposed ? 1 : rowStride),
      Int64(transposed ? rowStride : 1), Int64(transposed ? columns : rows),
      Int64(transposed ? rows : columns), Int64(pack.count), packed)
  }

  /// Packs the upper triangles and mirrors them. Elements below the diagonal are not used.
  func packSymmetric(
    _ pack: Range<Int>, into packed: UnsafeMutablePointer<Scalar>
  ) {
    let (n, lanes) = (rows, Int(Packed<Scalar>.table.lanes))
    _ = self.pack(pack, into: packed)
    for row in 1..<max(1, n) {
      for column in 0..<row {
        (packed + (row * n + column) * lanes)
          .update(from: packed + (column * n + row) * lanes, count: lanes)
      }
    }
  }
}

extension MutableBatchedMatrixView where Scalar: BLASScalar {
  func only(_ index: Int) -> MutableBatchedMatrixView {
    MutableBatchedMatrixView(
      base + index * batchStride, count: 1, rows: rows, columns: columns, rowStride: rowStride)
  }

  /// Writes matrices, or with `transposed` their transposes, from packed rows `pitch` vectors
  /// apart.
  func unpack(
    _ pack: Range<Int>, from packed: UnsafePointer<Scalar>, pitch: Int? = nil,
    transposed: Bool = false, skipping flags: UInt32
  ) {
    let (height, width) = transposed ? (columns, rows) : (rows, columns)
    Packed<Scalar>.table.unpack(
      packed, Int64(pitch ?? width), Int64(height), Int64(width), Int64(pack.count), flags,
      base + pack.lowerBound * batchStride, Int64(batchStride), Int64(transposed ? 1 : rowStride),
      Int64(transposed ? rowStride : 1))
  }
}

/// The distance between packed rows of `columns` vectors that are read column by column. Rows at a
/// multiple of 1 KiB would compete for a few lines of the first-level cache.
func spacedPitch(_ columns: Int) -> Int { columns % 16 == 0 ? columns + 4 : columns }

/// Copies one lane of a row of vectors.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
func copyLane<Scalar: BLASScalar>(
  _ source: UnsafePointer<Scalar>, _ sourceStride: Int, to target: UnsafeMutablePointer<Scalar>,
  _ targetStride: Int, _ count: Int
) {
  for place in 0..<count { target[place * targetStride] = source[place * sourceStride] }
}

/// Fills `order` with the places of `values`, largest value first.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
func sortDescending<Scalar: BLASScalar>(
  _ order: UnsafeMutableBufferPointer<Int>, _ values: UnsafePointer<Scalar>, stride: Int
) {
  for place in order.indices {
    var slot = place
    while slot > 0, values[order[slot - 1] * stride] < values[place * stride] {
      order[slot] = order[slot - 1]
      slot -= 1
    }
    order[slot] = place
  }
}

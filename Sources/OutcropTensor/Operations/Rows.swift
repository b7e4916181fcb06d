import OutcropCore

/// A list of row numbers for `gathered(rows:)` and `scatterAdded(toRows:)`, each of which is the
/// gradient of the other.
///
/// The inverse of the list, which scattering needs, is computed once and cached. Sums run in the
/// order of the list for any number of threads.
public final class RowIndex: Sendable {
  /// The row numbers.
  public let rows: [Int32]
  /// All row numbers are below this.
  public let rowCount: Int
  private let cachedInverse = Locked<(offsets: [Int32], order: [Int32])?>(nil)

  /// Traps if a row number is not in 0 ..< `rowCount`.
  public init(_ rows: [Int32], rowCount: Int) {
    let outside = rows.firstIndex { $0 < 0 || $0 >= rowCount }
    require(
      outside == nil,
      "RowIndex: entry \(outside ?? 0) is row \(outside.map { rows[$0] } ?? 0) of \(rowCount)")
    self.rows = rows
    self.rowCount = rowCount
  }

  /// The same if the inverse is already known; nothing is checked.
  ///
  /// - Parameter inverse: the value of `inverse`.
  package init(_ rows: [Int32], rowCount: Int, inverse: (offsets: [Int32], order: [Int32])) {
    (self.rows, self.rowCount) = (rows, rowCount)
    cachedInverse.withLock { $0 = inverse }
  }

  /// For each row r, its positions in the list: `order[offsets[r] ..< offsets[r + 1]]`, ascending.
  package var inverse: (offsets: [Int32], order: [Int32]) {
    cachedInverse.withLock { cached in
      if let cached { return cached }
      var offsets = [Int32](repeating: 0, count: rowCount + 1)
      for row in rows { offsets[Int(row) + 1] += 1 }
      for row in 0..<rowCount { offsets[row + 1] += offsets[row] }
      var next = offsets
      var order = [Int32](repeating: 0, count: rows.count)
      for (position, row) in rows.enumerated() {
        order[Int(next[Int(row)])] = Int32(position)
        next[Int(row)] += 1
      }
      cached = (offsets, order)
      return (offsets, order)
    }
  }
}

extension Tensor where Scalar: TensorScalar {
  /// The rows (along the first axis) that `index` lists, as in an embedding look-up.
  /// [R, ...] → [I, ...].
  public func gathered(rows index: RowIndex) -> Tensor {
    require(
      rank >= 1 && shape[0] == index.rowCount,
      "gathered(rows:): the shape \(shape) and an index over \(index.rowCount) rows; "
        + "expected [\(index.rowCount), ...]")
    let result = gathering(index)
    return .record(TensorOperation.gatherRows, inputs: [self], output: result) { dy, sink in
      sink.add(0, dy.scattering(index))
    }
  }

  /// Row i of this tensor added to row `index.rows[i]` of a tensor of zeros: [I, ...] → [R, ...].
  public func scatterAdded(toRows index: RowIndex) -> Tensor {
    require(
      rank >= 1 && shape[0] == index.rows.count,
      "scatterAdded(toRows:): the shape \(shape) and an index of \(index.rows.count) entries; "
        + "expected [\(index.rows.count), ...]")
    let result = scattering(index)
    return .record(TensorOperation.scatterAddRows, inputs: [self], output: result) { dy, sink in
      sink.add(0, dy.gathering(index))
    }
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func gathering(_ index: RowIndex) -> Tensor {
    let width = shape.dropFirst().product
    let x = self
    return Tensor(unsafeUninitialized: [index.rows.count] + shape.dropFirst()) { target in
      ThreadPool.forRanges(index.rows.count, grain: rowGrain(width)) { range in
        for position in range {
          (target.baseAddress! + position * width).update(
            from: x.base + Int(index.rows[position]) * width, count: width)
        }
      }
    }
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func scattering(_ index: RowIndex) -> Tensor {
    let width = shape.dropFirst().product
    let result = [index.rowCount] + shape.dropFirst()
    let x = self
    if index.rowCount <= 64 {
      // Few rows and many entries (the gradient of an embedding): each chunk of entries has its own
      // sums.
      let sums = summedOverChunks(
        index.rows.count, width: index.rowCount * width, grain: 256
      ) { range, partial in
        for position in range {
          addRow(partial + Int(index.rows[position]) * width, x.base + position * width, width)
        }
      }
      return Tensor(sums.map { Scalar($0) }, shape: result)
    }
    let (offsets, order) = index.inverse
    return Tensor(unsafeUninitialized: result) { target in
      if target.isEmpty { return }
      ThreadPool.forRanges(index.rowCount, grain: rowGrain(width)) { range in
        order.withUnsafeBufferPointer { order in
          for row in range {
            let entries = order[Int(offsets[row])..<Int(offsets[row + 1])]
            addEntries(
              UnsafeBufferPointer(rebasing: entries), x.base, target.baseAddress! + row * width,
              width)
          }
        }
      }
    }
  }
}

/// y = the sum of the rows of x that `entries` lists, in double precision and pairwise.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func addEntries<Scalar: TensorScalar>(
  _ entries: UnsafeBufferPointer<Int32>, _ x: UnsafePointer<Scalar>,
  _ y: UnsafeMutablePointer<Scalar>, _ width: Int
) {
  switch entries.count {
  case 0: y.update(repeating: 0, count: width)
  case 1: copyElements(x + Int(entries[0]) * width, to: y, count: width)
  case 2:
    let (a, b) = (x + Int(entries[0]) * width, x + Int(entries[1]) * width)
    for column in 0..<width { y[column] = a[column] + b[column] }
  default:
    withUnsafeTemporaryAllocation(of: Double.self, capacity: width) { sums in
      sumEntries(entries, x, sums.baseAddress!, width)
      for column in 0..<width { y[column] = Scalar(sums[column]) }
    }
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func sumEntries<Scalar: TensorScalar>(
  _ entries: UnsafeBufferPointer<Int32>, _ x: UnsafePointer<Scalar>,
  _ sums: UnsafeMutablePointer<Double>, _ width: Int
) {
  if entries.count <= 64 {
    sums.update(repeating: 0, count: width)
    for entry in entries { addRow(sums, x + Int(entry) * width, width) }
    return
  }
  let half = entries.count / 2
  sumEntries(UnsafeBufferPointer(rebasing: entries[..<half]), x, sums, width)
  withUnsafeTemporaryAllocation(of: Double.self, capacity: width) { rest in
    sumEntries(UnsafeBufferPointer(rebasing: entries[half...]), x, rest.baseAddress!, width)
    for column in 0..<width { sums[column] += rest[column] }
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
func addRow<Scalar: TensorScalar>(
  _ target: UnsafeMutablePointer<Double>, _ row: UnsafePointer<Scalar>, _ width: Int
) {
  for column in 0..<width { target[column] += Double(row[column]) }
}

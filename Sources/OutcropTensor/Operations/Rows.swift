import OutcropCore
import Synchronization

/// A list of row numbers, with the rows' places in the list found once and kept.
///
/// Gathering by an index and adding rows up by it are each other's gradient. Sums run in the order of
/// the list, whatever the number of threads.
public final class RowIndex: Sendable {
  /// The row numbers.
  public let rows: [Int32]
  /// All row numbers are below this.
  public let rowCount: Int
  private let places = Mutex<(offsets: [Int32], order: [Int32])?>(nil)

  /// Traps when a row number is not in 0 ..< `rowCount`.
  public init(_ rows: [Int32], rowCount: Int) {
    let outside = rows.firstIndex { $0 < 0 || $0 >= rowCount }
    require(
      outside == nil,
      "RowIndex: entry \(outside ?? 0) is row \(outside.map { rows[$0] } ?? 0) of \(rowCount)")
    self.rows = rows
    self.rowCount = rowCount
  }

  /// For each row, where it stands in the list: `order[offsets[r] ..< offsets[r + 1]]`, ascending.
  package var inverse: (offsets: [Int32], order: [Int32]) {
    places.withLock { cached in
      if let cached { return cached }
      var offsets = [Int32](repeating: 0, count: rowCount + 1)
      for row in rows { offsets[Int(row) + 1] += 1 }
      for row in 0..<rowCount { offsets[row + 1] += offsets[row] }
      var next = offsets
      var order = [Int32](repeating: 0, count: rows.count)
      for (place, row) in rows.enumerated() {
        order[Int(next[Int(row)])] = Int32(place)
        next[Int(row)] += 1
      }
      cached = (offsets, order)
      return (offsets, order)
    }
  }
}

extension Tensor {
  /// The rows (along the first axis) that `index` lists: an embedding look-up. [R, ...] → [I, ...].
  public func gatherRows(_ index: RowIndex) -> Tensor {
    require(
      rank >= 1 && shape[0] == index.rowCount,
      "gatherRows: the shape \(shape) and an index over \(index.rowCount) rows")
    let result = gathering(index)
    return .record(TensorOperation.gatherRows, inputs: [self], output: result) { dy, sink in
      sink.add(0, dy.scattering(index))
    }
  }

  /// The sum, for each row of the result, of this tensor's rows that `index` sends there.
  /// [I, ...] → [R, ...]; a row that is not listed is 0.
  public func scatterAddRows(_ index: RowIndex) -> Tensor {
    require(
      rank >= 1 && shape[0] == index.rows.count,
      "scatterAddRows: the shape \(shape) and an index of \(index.rows.count) rows")
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
    return Tensor(shape: [index.rows.count] + shape.dropFirst()) { target in
      ThreadPool.forRanges(index.rows.count, grain: rowGrain(width)) { range in
        for place in range {
          (target.baseAddress! + place * width).update(
            from: x.base + Int(index.rows[place]) * width, count: width)
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
      // Few rows, many entries (an embedding's gradient): each chunk of entries adds to its own copy.
      let sums = summedOverChunks(
        index.rows.count, width: index.rowCount * width, grain: 1024
      ) { range, partial in
        for place in range {
          addRow(partial + Int(index.rows[place]) * width, x.base + place * width, width)
        }
      }
      return Tensor(sums.map { Scalar($0) }, shape: result)
    }
    let (offsets, order) = index.inverse
    return Tensor(shape: result) { target in
      target.update(repeating: 0)
      ThreadPool.forRanges(index.rowCount, grain: rowGrain(width)) { range in
        for row in range {
          for place in offsets[row]..<offsets[row + 1] {
            addRow(
              target.baseAddress! + row * width, x.base + Int(order[Int(place)]) * width, width)
          }
        }
      }
    }
  }
}

@specialized(where Scalar == Float, Sum == Float)
@specialized(where Scalar == Float, Sum == Double)
@specialized(where Scalar == Double, Sum == Double)
func addRow<Scalar: TensorScalar, Sum: TensorScalar>(
  _ target: UnsafeMutablePointer<Sum>, _ row: UnsafePointer<Scalar>, _ width: Int
) {
  for column in 0..<width { target[column] += Sum(row[column]) }
}

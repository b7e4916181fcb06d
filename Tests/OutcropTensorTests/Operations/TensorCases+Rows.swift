import OutcropCore
import OutcropTensor
import OutcropTestSupport

func shapeCases<S: TensorScalar>() -> [OperationCase<S>] {
  let shapes = [[[2, 3, 4]], [[0, 3, 2]], [[1, 5, 1]]]
  let large = [[[31, 47, 29]]]
  var result: [OperationCase<S>] = [
    OperationCase(TensorOperation.reshape, shapes: [[[2, 6]], [[0, 4]], [[1, 4]]], large: large) {
      $0[0].count == 0 ? $0[0].reshaped([3, 2, 0]) : $0[0].reshaped([1, -1, $0[0].shape[1]])
    },
    OperationCase(TensorOperation.transpose, "last two", shapes: shapes, large: large) {
      $0[0].transposed()
    },
    OperationCase(TensorOperation.transpose, "rank 1", shapes: [[[3]], [[0]]]) {
      $0[0].transposed([0])
    },
  ]
  for order in [[0, 1, 2], [2, 0, 1], [1, 2, 0], [2, 1, 0], [1, 0, 2]] {
    result.append(
      OperationCase(TensorOperation.transpose, "\(order)", shapes: shapes, large: large) {
        $0[0].transposed(order)
      })
  }
  for axis in [0, 1, -1] {
    result.append(
      OperationCase(
        TensorOperation.slice, "axis \(axis)",
        shapes: [[[4, 3, 3]], [[3, 3, 3]], [[1, 1, 1]], [[0, 2, 0]], [[2, 2, 2]]], large: large
      ) {
        let size = $0[0].shape[axis < 0 ? axis + 3 : axis]
        return $0[0].sliced(axis: axis, min(1, size)..<max(min(1, size), size - 1))
      })
    result.append(
      OperationCase(
        TensorOperation.slice, "parts that overlap, axis \(axis)", shapes: [[[3, 3, 3]]]
      ) { [$0[0].sliced(axis: axis, 0..<2), $0[0].sliced(axis: axis, 1..<3)] })
    func sizes(_ sizes: [Int]) -> [[Int]] {
      sizes.map {
        var shape = [2, 3, 2]
        shape[axis < 0 ? axis + 3 : axis] = $0
        return shape
      }
    }
    result.append(
      OperationCase(
        TensorOperation.concatenate, "axis \(axis)",
        shapes: [sizes([2, 1, 3]), sizes([1]), sizes([0, 2]), sizes([0, 0]), sizes([1, 1])],
        large: [[[31, 47, 29], [31, 47, 29]]]
      ) { Tensor(concatenating: $0, axis: axis) })
  }
  result.append(
    OperationCase(TensorOperation.concatenate, "twice the same", shapes: [[[2, 2]]]) {
      Tensor(concatenating: [$0[0], $0[0]])
    })
  return result
}

/// Row numbers below `rowCount`, the same each time; with repetitions, and some rows left out.
func someRows(_ count: Int, below rowCount: Int) -> [Int32] {
  var generator = RandomGenerator(seed: UInt64(count * 31 + rowCount))
  return (0..<count).map { _ in Int32(generator.below(rowCount)) }
}

/// Segments over `rowCount` rows, every third of them empty.
func someSegments(_ rowCount: Int) -> Segments {
  var offsets: [Int32] = [0]
  var (next, length) = (0, 1)
  while next < rowCount {
    next = min(rowCount, next + (offsets.count % 3 == 2 ? 0 : length))
    length = length % 4 + 1
    offsets.append(Int32(next))
  }
  return Segments(offsets: offsets + [Int32(rowCount)])
}

func rowCases<S: TensorScalar>() -> [OperationCase<S>] {
  let shapes = [[[7, 2]], [[0, 3]], [[1, 3]], [[5]], [[6, 2, 2]], [[4, 0]], [[90, 1]]]
  let large = [[[40, 33]], [[3001, 23]]]
  func segments(
    _ operation: TensorOperation, _ domain: InputDomain = .normal,
    _ function: @escaping @Sendable (Tensor<S>, Segments) -> Tensor<S>
  ) -> OperationCase<S> {
    OperationCase(operation, domains: [domain], shapes: shapes, large: large) {
      function($0[0], someSegments($0[0].shape[0]))
    }
  }
  return [
    OperationCase(TensorOperation.gatherRows, shapes: shapes, large: large) {
      let rows = $0[0].shape[0]
      let index = RowIndex(
        rows == 0 ? [] : someRows(2 * rows + 1000 % rows, below: rows), rowCount: rows)
      return $0[0].gathered(rows: index)
    },
    OperationCase(TensorOperation.gatherRows, "nothing", shapes: [[[3, 2]]]) {
      $0[0].gathered(rows: RowIndex([], rowCount: 3))
    },
    OperationCase(TensorOperation.scatterAddRows, shapes: shapes, large: large) {
      let count = $0[0].shape[0]
      return $0[0].scatterAdded(toRows: RowIndex(someRows(count, below: 5), rowCount: 5))
    },
    OperationCase(TensorOperation.scatterAddRows, "many rows", shapes: shapes, large: large) {
      let count = $0[0].shape[0]
      return $0[0].scatterAdded(toRows: RowIndex(someRows(count, below: 100), rowCount: 100))
    },
    segments(.segmentSum) { $0.segmentSum($1) },
    segments(.segmentMean) { $0.segmentMean($1) },
    segments(.segmentMax, .distinct) { $0.segmentMax($1) },
    segments(.segmentSoftmax) { $0.segmentSoftmax($1) },
  ]
}

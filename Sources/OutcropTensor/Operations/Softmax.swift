import CKernels
import OutcropCore

extension Tensor where Scalar: TensorScalar {
  /// exp(x) / Σ exp(x) along `axis` (negative axes count from the end). The largest element is
  /// subtracted first, so that nothing overflows. −∞ gives 0; if all elements are −∞ the result is
  /// NaN. In `Float`, results below e⁻⁸⁷ of the largest are 0.
  public func softmax(axis: Int = -1) -> Tensor {
    let plan = AxisPlan("softmax", shape, axis)
    let y = exponentials(plan, isLogarithm: false)
    return .record(TensorOperation.softmax, inputs: [self], output: y) { dy, sink in
      // dx = y (dy − Σ y dy)
      sink.add(0, dy.softmaxGradient(plan, y, isLogarithm: false))
    }
  }

  /// x − log Σ exp(x) along `axis`: the logarithm of `softmax`, without loss of digits.
  public func logSoftmax(axis: Int = -1) -> Tensor {
    let plan = AxisPlan("logSoftmax", shape, axis)
    let y = exponentials(plan, isLogarithm: true)
    return .record(TensorOperation.logSoftmax, inputs: [self], output: y) { dy, sink in
      // dx = dy − exp(y) Σ dy
      sink.add(0, dy.softmaxGradient(plan, y, isLogarithm: true))
    }
  }

  private func exponentials(_ plan: AxisPlan, isLogarithm: Bool) -> Tensor {
    let x = self
    return Tensor(unsafeUninitialized: shape) { target in
      if plan.inner == 1 {
        ThreadPool.forRanges(plan.outer, grain: rowGrain(plan.size)) { rows in
          softmaxRows(isLogarithm, x.base, target.baseAddress!, rows, plan.size)
        }
        return
      }
      plan.forTiles { outer, columns in
        let at = outer + columns.lowerBound
        Kernels<Scalar>.table.softmax_columns(
          isLogarithm ? 1 : 0, x.base + at, target.baseAddress! + at, Int64(plan.size),
          Int64(columns.count), Int64(plan.inner))
      }
    }
  }

  private func softmaxGradient(_ plan: AxisPlan, _ y: Tensor, isLogarithm: Bool) -> Tensor {
    let dy = self
    return Tensor(unsafeUninitialized: shape) { target in
      plan.forTiles { outer, columns in
        softmaxTileGradient(
          isLogarithm, y.base + outer, dy.base + outer, target.baseAddress! + outer, plan.size,
          plan.inner, columns)
      }
    }
  }
}

/// A shape divided at one axis: `outer` blocks of `size` rows of `inner` elements.
struct AxisPlan: Sendable {
  /// The axis, counted from the front.
  let axis: Int
  let outer: Int
  let size: Int
  let inner: Int

  init(_ name: String, _ shape: [Int], _ axis: Int) {
    let index = axis < 0 ? axis + shape.count : axis
    require(
      index >= 0 && index < shape.count,
      "\(name): axis \(axis) of the shape \(shape); expected \(-shape.count) ..< \(shape.count)")
    self.axis = index
    outer = shape[..<index].product
    size = shape[index]
    inner = shape[(index + 1)...].product
  }

  /// The largest number of columns in one tile.
  static let tileWidth = Int(OC_SOFTMAX_COLUMNS)

  /// Calls `body` with the start of a block and a range of its columns, in parallel.
  func forTiles(_ body: (Int, Range<Int>) -> Void) {
    if size == 0 || inner == 0 { return }
    let tiles = (inner + Self.tileWidth - 1) / Self.tileWidth
    let work = size * min(inner, Self.tileWidth)
    ThreadPool.forRanges(outer * tiles, grain: max(1, elementGrain / work)) { range in
      for index in range {
        let (block, tile) = (index / tiles, index % tiles)
        let start = tile * Self.tileWidth
        body(block * size * inner, start..<min(inner, start + Self.tileWidth))
      }
    }
  }
}

/// Softmax of contiguous rows: the kernel of dense attention with a single block of columns.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func softmaxRows<Scalar: TensorScalar>(
  _ isLogarithm: Bool, _ x: UnsafePointer<Scalar>, _ y: UnsafeMutablePointer<Scalar>,
  _ rows: Range<Int>, _ size: Int
) {
  let count = rows.count
  let (x, y) = (x + rows.lowerBound * size, y + rows.lowerBound * size)
  withUnsafeTemporaryAllocation(of: Scalar.self, capacity: 3 * count) { scratch in
    let largest = scratch.baseAddress!
    let sums = largest + count
    largest.update(repeating: -.infinity, count: count)
    sums.update(repeating: 0, count: count)
    y.update(from: x, count: count * size)
    Kernels<Scalar>.table.softmax_block(
      y, largest, sums, sums + count, Int64(count), Int64(size))
    for row in 0..<count {
      // Without sums in the indices, whose overflow would be checked, the loops are vectorized.
      let (from, to) = (x + row * size, y + row * size)
      if isLogarithm {
        let (top, logarithm) = (largest[row], Scalar._log(sums[row]))
        for column in 0..<size { to[column] = (from[column] - top) - logarithm }
      } else {
        let factor = 1 / sums[row]
        for column in 0..<size { to[column] *= factor }
      }
    }
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
func softmaxTileGradient<Scalar: TensorScalar>(
  _ isLogarithm: Bool, _ y: UnsafePointer<Scalar>, _ dy: UnsafePointer<Scalar>,
  _ dx: UnsafeMutablePointer<Scalar>, _ size: Int, _ inner: Int, _ columns: Range<Int>
) {
  let width = columns.count
  let start = columns.lowerBound
  let (y, dy, dx) = (y + start, dy + start, dx + start)
  if width == 0 || size == 0 { return }
  // Contiguous columns are one long row.
  let isDense = width == inner
  func forRuns(_ body: (Int, Int) -> Void) {
    if isDense {
      body(0, size * width)
    } else {
      for row in 0..<size { body(row * inner, width) }
    }
  }
  withUnsafeTemporaryAllocation(of: Double.self, capacity: width) { sums in
    // The sums of dy or of y dy, which stands in the result until the second pass.
    if !isLogarithm {
      forRuns { at, count in
        for index in at..<(at + count) { dx[index] = y[index] * dy[index] }
      }
    }
    Kernels<Scalar>.table.reduce(
      Int32(OC_SUM.rawValue), isLogarithm ? dy : UnsafePointer(dx), nil, sums.baseAddress!, 1,
      Int64(size), Int64(width), Int64(inner))
    if isLogarithm {
      let exponential = Kernels<Scalar>.table.exponential
      forRuns { at, count in exponential(y + at, dx + at, Int64(count)) }
    }
    if width == 1, isDense {
      let sum = Scalar(sums[0])
      if isLogarithm {
        for index in 0..<size { dx[index] = dy[index] - dx[index] * sum }
      } else {
        for index in 0..<size { dx[index] = y[index] * (dy[index] - sum) }
      }
      return
    }
    withUnsafeTemporaryAllocation(of: Scalar.self, capacity: width) { sum in
      for column in 0..<width { sum[column] = Scalar(sums[column]) }
      for row in 0..<size {
        let at = row * inner
        if isLogarithm {
          for column in 0..<width {
            dx[at + column] = dy[at + column] - dx[at + column] * sum[column]
          }
        } else {
          for column in 0..<width {
            dx[at + column] = y[at + column] * (dy[at + column] - sum[column])
          }
        }
      }
    }
  }
}

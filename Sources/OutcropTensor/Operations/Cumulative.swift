import CKernels
import OutcropCore

extension Tensor where Scalar: TensorScalar {
  /// The sums of the elements up to and including each one along `axis` (negative axes count from
  /// the end), added one after another in double precision.
  public func cumulativeSum(axis: Int) -> Tensor {
    let plan = ReductionPlan("cumulativeSum", shape, [axis])
    let result = running(plan, isSum: true, backwards: false)
    return .record(TensorOperation.cumulativeSum, inputs: [self], output: result) { dy, sink in
      sink.add(0, dy.running(plan, isSum: true, backwards: true))
    }
  }

  /// The products of the elements up to and including each one along `axis`. The gradient is correct
  /// for zeros, too; after a zero, its time is quadratic in the axis's size.
  public func cumulativeProduct(axis: Int) -> Tensor {
    let plan = ReductionPlan("cumulativeProduct", shape, [axis])
    let x = detached
    let result = running(plan, isSum: false, backwards: false)
    return .record(TensorOperation.cumulativeProduct, inputs: [self], output: result) { dy, sink in
      sink.add(
        0,
        Tensor(unsafeUninitialized: dy.shape) { target in
          plan.forColumns { outer, columns in
            for column in columns {
              let at = outer * plan.size * plan.inner + column
              cumulativeProductGradient(
                x.base + at, dy.base + at, target.baseAddress! + at, plan.size, plan.inner)
            }
          }
        })
    }
  }

  private func running(_ plan: ReductionPlan, isSum: Bool, backwards: Bool) -> Tensor {
    let x = self
    return Tensor(unsafeUninitialized: shape) { target in
      if plan.inner == 1, plan.size > 0 {
        ThreadPool.forRanges(plan.outer, grain: rowGrain(plan.size)) { rows in
          runRows(isSum, backwards, x.base, target.baseAddress!, plan.size, rows)
        }
        return
      }
      plan.forColumns { outer, columns in
        let at = outer * plan.size * plan.inner + columns.lowerBound
        runColumns(
          isSum, backwards, x.base + at, target.baseAddress! + at, plan.size, plan.inner,
          columns.count)
      }
    }
  }
}

extension ReductionPlan {
  /// Calls `body` with each block and ranges of its columns, in parallel.
  fileprivate func forColumns(_ body: (Int, Range<Int>) -> Void) {
    if size == 0 || inner == 0 || outer == 0 { return }
    let width = min(inner, 512)
    let tiles = (inner + width - 1) / width
    ThreadPool.forRanges(outer * tiles, grain: max(1, elementGrain / (size * width))) { range in
      for index in range {
        let start = index % tiles * width
        body(index / tiles, start..<min(inner, start + width))
      }
    }
  }
}

/// Four contiguous rows at a time, since each addition waits for the one before it.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func runRows<Scalar: TensorScalar>(
  _ isSum: Bool, _ backwards: Bool, _ x: UnsafePointer<Scalar>, _ y: UnsafeMutablePointer<Scalar>,
  _ size: Int, _ rows: Range<Int>
) {
  var row = rows.lowerBound
  while row < rows.upperBound {
    let count = min(4, rows.upperBound - row)
    // Missing rows repeat the last one.
    let last = count - 1
    let starts = (
      row * size, (row + min(1, last)) * size, (row + min(2, last)) * size, (row + last) * size
    )
    let start = isSum ? 0.0 : 1.0
    var total = (start, start, start, start)
    for step in 0..<size {
      let at = backwards ? size - 1 - step : step
      let value = (
        Double(x[starts.0 + at]), Double(x[starts.1 + at]), Double(x[starts.2 + at]),
        Double(x[starts.3 + at])
      )
      if isSum {
        total.0 += value.0
        total.1 += value.1
        total.2 += value.2
        total.3 += value.3
      } else {
        total.0 *= value.0
        total.1 *= value.1
        total.2 *= value.2
        total.3 *= value.3
      }
      y[starts.0 + at] = Scalar(total.0)
      y[starts.1 + at] = Scalar(total.1)
      y[starts.2 + at] = Scalar(total.2)
      y[starts.3 + at] = Scalar(total.3)
    }
    row += count
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func runColumns<Scalar: TensorScalar>(
  _ isSum: Bool, _ backwards: Bool, _ x: UnsafePointer<Scalar>, _ y: UnsafeMutablePointer<Scalar>,
  _ size: Int, _ stride: Int, _ width: Int
) {
  withUnsafeTemporaryAllocation(of: Double.self, capacity: width) { total in
    total.update(repeating: isSum ? 0 : 1)
    for step in 0..<size {
      let at = (backwards ? size - 1 - step : step) * stride
      if isSum {
        for column in 0..<width {
          total[column] += Double(x[at + column])
          y[at + column] = Scalar(total[column])
        }
      } else {
        for column in 0..<width {
          total[column] *= Double(x[at + column])
          y[at + column] = Scalar(total[column])
        }
      }
    }
  }
}

/// dx[i] = Σ over j ≥ i of dy[j] · the product of x[k] over k ≤ j, k ≠ i. Before the first zero this
/// is a running sum divided by x[i].
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func cumulativeProductGradient<Scalar: TensorScalar>(
  _ x: UnsafePointer<Scalar>, _ dy: UnsafePointer<Scalar>, _ dx: UnsafeMutablePointer<Scalar>,
  _ size: Int, _ stride: Int
) {
  var hasZero = false
  for index in 0..<size where x[index * stride] == 0 { hasZero = true }
  var before = 1.0
  if !hasZero {
    for index in 0..<size {
      before *= Double(x[index * stride])
      dx[index * stride] = Scalar(before)
    }
    var sum = 0.0
    for index in (0..<size).reversed() {
      sum += Double(dy[index * stride]) * Double(dx[index * stride])
      dx[index * stride] = Scalar(sum / Double(x[index * stride]))
    }
    return
  }
  for index in 0..<size {
    var (product, sum) = (before, Double(dy[index * stride]) * before)
    for later in (index + 1)..<max(index + 1, size) {
      product *= Double(x[later * stride])
      sum += Double(dy[later * stride]) * product
    }
    dx[index * stride] = Scalar(sum)
    before *= Double(x[index * stride])
  }
}

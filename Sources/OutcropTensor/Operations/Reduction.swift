import OutcropCore

extension Tensor where Scalar: TensorScalar {
  /// The sum of all elements, a scalar.
  public func sum() -> Tensor { sum(axes: Array(0..<rank)) }

  /// The sum over `axes` (negative axes count from the end). The reduced axes are removed; with
  /// `keepingAxes` they stay with size 1.
  public func sum(axes: [Int], keepingAxes: Bool = false) -> Tensor {
    let axes = normalizedAxes("sum", axes)
    let (kept, before) = (shape.reducing(axes, keeping: true), shape)
    let result = axes.reversed().reduce(detached) { $0.reducingAxis($1, .sum) }
      .reshaped(shape.reducing(axes, keeping: keepingAxes))
    return .record(TensorOperation.sum, inputs: [self], output: result) { dy, sink in
      sink.add(0, dy.reshaped(kept).broadcast(to: before))
    }
  }

  /// The mean of all elements, a scalar; NaN for a tensor without elements.
  public func mean() -> Tensor { mean(axes: Array(0..<rank)) }

  /// The mean over `axes`. The reduced axes are removed; with `keepingAxes` they stay with size 1.
  /// The mean of no elements is NaN.
  public func mean(axes: [Int], keepingAxes: Bool = false) -> Tensor {
    let axes = normalizedAxes("mean", axes)
    let number = Scalar(axes.map { shape[$0] }.product)
    let (kept, before) = (shape.reducing(axes, keeping: true), shape)
    let sum = axes.reversed().reduce(detached) { $0.reducingAxis($1, .sum) }
    let result = (sum / Tensor(number)).reshaped(shape.reducing(axes, keeping: keepingAxes))
    return .record(TensorOperation.mean, inputs: [self], output: result) { dy, sink in
      sink.add(0, (dy * (1 / number)).reshaped(kept).broadcast(to: before))
    }
  }

  /// The largest element, a scalar; NaN when any element is NaN. Traps for a tensor without
  /// elements.
  public func max() -> Tensor { max(axes: Array(0..<rank)) }

  /// The maximum over `axes`; NaN when any of the elements is NaN. Equal largest elements share the
  /// gradient equally. Traps when an axis of size 0 is reduced.
  public func max(axes: [Int], keepingAxes: Bool = false) -> Tensor {
    let axes = normalizedAxes("max", axes)
    require(
      axes.allSatisfy { shape[$0] > 0 },
      "max: axes \(axes) of the shape \(shape) contain no element")
    let kept = shape.reducing(axes, keeping: true)
    let x = detached
    let largest = axes.reversed().reduce(x) { $0.reducingAxis($1, .max) }.reshaped(kept)
    let result = largest.reshaped(shape.reducing(axes, keeping: keepingAxes))
    return .record(TensorOperation.max, inputs: [self], output: result) { dy, sink in
      let full = largest.broadcast(to: x.shape)
      let chosen = Tensor(unsafeUninitialized: x.shape) { target in
        withExtendedLifetime(full) {
          for index in 0..<x.count { target[index] = x.base[index] == full.base[index] ? 1 : 0 }
        }
      }
      let ties = chosen.sum(axes: axes, keepingAxes: true)
      sink.add(0, chosen * (dy.reshaped(kept) / ties))
    }
  }

  enum AxisReduction { case sum, max }

  /// This tensor with `axis` reduced and removed.
  func reducingAxis(_ axis: Int, _ kind: AxisReduction) -> Tensor {
    let outer = shape[..<axis].product
    let middle = shape[axis]
    let inner = shape[(axis + 1)...].product
    let x = self
    var result = shape
    result.remove(at: axis)
    if outer == 1, inner > 1, kind == .sum {
      return columnSums(x, middle, inner).reshaped(result)
    }
    return Tensor(unsafeUninitialized: result) { target in
      if target.isEmpty { return }
      let grain = Swift.max(1, elementGrain / Swift.max(1, middle * inner))
      ThreadPool.forRanges(outer, grain: grain) { rows in
        reduceRows(kind == .max, x.base, target.baseAddress!, rows, middle, inner)
      }
    }
  }
}

extension Array where Element == Int {
  fileprivate func reducing(_ axes: [Int], keeping: Bool) -> [Int] {
    enumerated().compactMap { axis, size in
      axes.contains(axis) ? (keeping ? 1 : nil) : size
    }
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func reduceRows<Scalar: TensorScalar>(
  _ isMax: Bool, _ x: UnsafePointer<Scalar>, _ y: UnsafeMutablePointer<Scalar>, _ rows: Range<Int>,
  _ middle: Int, _ inner: Int
) {
  for row in rows {
    let source = x + row * middle * inner
    let target = y + row * inner
    if isMax {
      for column in 0..<inner {
        var best = source[column]
        for step in 1..<Swift.max(1, middle) {
          let value = source[step * inner + column]
          if value > best || value.isNaN { best = value }
        }
        target[column] = best
      }
    } else if inner == 1 {
      target[0] = pairwiseSum(source, middle)
    } else {
      for column in 0..<inner { target[column] = 0 }
      for step in 0..<middle {
        for column in 0..<inner { target[column] += source[step * inner + column] }
      }
    }
  }
}

/// A pairwise sum, whose rounding error grows with the logarithm of the count.
@inline(never)
func pairwiseSum<Scalar: TensorScalar>(_ x: UnsafePointer<Scalar>, _ count: Int) -> Scalar {
  if count <= 64 {
    var sum: Scalar = 0
    for index in 0..<count { sum += x[index] }
    return sum
  }
  let half = count / 2
  return pairwiseSum(x, half) + pairwiseSum(x + half, count - half)
}

import CKernels
import OutcropCore

extension Tensor where Scalar: TensorScalar {
  /// Element-wise sum; shapes broadcast as in NumPy (aligned at the last axis, sizes equal or 1).
  public static func + (a: Tensor, b: Tensor) -> Tensor {
    let (shapeA, shapeB) = (a.shape, b.shape)
    return .record(.add, a, b, combine(OC_ADD, "+", a, b)) { dy, sink in
      sink.add(0, dy.summed(to: shapeA))
      sink.add(1, dy.summed(to: shapeB))
    }
  }

  /// Element-wise difference; shapes broadcast as in NumPy.
  public static func - (a: Tensor, b: Tensor) -> Tensor {
    let (shapeA, shapeB) = (a.shape, b.shape)
    return .record(.subtract, a, b, combine(OC_SUBTRACT, "-", a, b)) { dy, sink in
      sink.add(0, dy.summed(to: shapeA))
      sink.add(1, (-dy).summed(to: shapeB))
    }
  }

  /// Element-wise product; shapes broadcast as in NumPy.
  public static func * (a: Tensor, b: Tensor) -> Tensor {
    let (x, y) = (a.detached, b.detached)
    return .record(.multiply, a, b, combine(OC_MULTIPLY, "*", a, b)) { dy, sink in
      sink.add(0, (dy * y).summed(to: x.shape))
      sink.add(1, (dy * x).summed(to: y.shape))
    }
  }

  /// Element-wise quotient; shapes broadcast as in NumPy.
  public static func / (a: Tensor, b: Tensor) -> Tensor {
    let (x, y) = (a.detached, b.detached)
    return .record(.divide, a, b, combine(OC_DIVIDE, "/", a, b)) { dy, sink in
      sink.add(0, (dy / y).summed(to: x.shape))
      sink.add(1, (-dy * x / (y * y)).summed(to: y.shape))
    }
  }

  /// The larger of each pair; shapes broadcast as in NumPy. NaN if either is NaN. Equal numbers
  /// share the gradient equally.
  public func maximum(_ other: Tensor) -> Tensor { extreme(.maximum, OC_MAXIMUM, other) }

  /// The smaller of each pair; shapes broadcast as in NumPy. NaN if either is NaN. Equal numbers
  /// share the gradient equally.
  public func minimum(_ other: Tensor) -> Tensor { extreme(.minimum, OC_MINIMUM, other) }

  /// The larger of each element and `other`; NaN and gradients as for two tensors.
  public func maximum(_ other: Scalar) -> Tensor { maximum(Tensor(other)) }
  /// The smaller of each element and `other`; NaN and gradients as for two tensors.
  public func minimum(_ other: Scalar) -> Tensor { minimum(Tensor(other)) }

  private func extreme(
    _ operation: TensorOperation, _ function: oc_pair_function, _ other: Tensor
  ) -> Tensor {
    let (a, b) = (detached, other.detached)
    let y = Self.combine(function, operation.rawValue, a, b)
    return .record(operation, self, other, y) { dy, sink in
      let (first, second) = operation == .maximum ? (a, b) : (b, a)
      let share = Self.combine(OC_FIRST_SHARE, operation.rawValue, first, second)
      sink.add(0, (dy * share).summed(to: a.shape))
      sink.add(1, (dy * (1 - share)).summed(to: b.shape))
    }
  }

  /// The angle in −π ... π of each point (`x`, this tensor), within 1.5 ulp, with C's conventions
  /// for zeros and infinities; shapes broadcast as in NumPy.
  public func atan2(_ x: Tensor) -> Tensor {
    let (a, b) = (detached, x.detached)
    return .record(.atan2, self, x, Self.combine(OC_ATAN2, "atan2", a, b)) { dy, sink in
      let factor = dy / (a * a + b * b)
      sink.add(0, (factor * b).summed(to: a.shape))
      sink.add(1, (-factor * a).summed(to: b.shape))
    }
  }

  /// The remainder of each quotient with the sign of the divisor, x − ⌊x / y⌋ y, like `%` in Python;
  /// shapes broadcast as in NumPy. Exact except for the last addition; NaN for the divisor 0.
  public func remainder(_ divisor: Tensor) -> Tensor {
    let (a, b) = (detached, divisor.detached)
    return .record(.remainder, self, divisor, Self.combine(OC_REMAINDER, "remainder", a, b)) {
      dy, sink in
      sink.add(0, dy.summed(to: a.shape))
      sink.add(1, (-dy * Self.combine(OC_FLOOR_DIVIDE, "remainder", a, b)).summed(to: b.shape))
    }
  }

  /// The remainder of each element divided by `divisor`, with the sign of the divisor.
  public func remainder(_ divisor: Scalar) -> Tensor { remainder(Tensor(divisor)) }

  private static func record(
    _ operation: TensorOperation, _ a: Tensor, _ b: Tensor, _ result: Tensor,
    gradient: @escaping (Tensor, GradientSink<Scalar>) -> Void
  ) -> Tensor {
    .record(operation, inputs: [a, b], output: result, gradient: gradient)
  }

  /// The sum over the axes along which `shape` was broadcast to this tensor's shape.
  package func summed(to shape: [Int]) -> Tensor {
    if shape == self.shape { return self }
    let added = rank - shape.count
    var axes = Array(0..<added)
    for (axis, size) in shape.enumerated() where size == 1 && self.shape[added + axis] != 1 {
      axes.append(added + axis)
    }
    return sum(axes: axes, keepingAxes: true).reshaped(shape)
  }

  /// This tensor repeated along axes of size 1 (or missing in front) to `shape`, off the tape.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func expandedOffTape(to shape: [Int]) -> Tensor {
    if self.shape == shape { return detached }
    let plan = BroadcastPlan("broadcast", self.shape, shape)
    let x = self
    return Tensor(unsafeUninitialized: plan.shape) { target in
      let grain = Swift.max(1, elementGrain / Swift.max(1, plan.inner))
      ThreadPool.forRanges(plan.outer, grain: grain) { rows in
        for row in rows {
          let (source, to) = (x.base + plan.offsets(row).0, target.baseAddress! + row * plan.inner)
          if plan.innerStrideA == 1 {
            copyElements(source, to: to, count: plan.inner)
          } else {
            to.update(repeating: source[0], count: plan.inner)
          }
        }
      }
    }
  }

  /// `function` of each pair of elements, off the tape. Messages use `name` for the operation.
  static func combine(
    _ function: oc_pair_function, _ name: String, _ a: Tensor, _ b: Tensor
  ) -> Tensor {
    let plan = BroadcastPlan(name, a.shape, b.shape)
    let combine = Kernels<Scalar>.table.combine
    return Tensor(unsafeUninitialized: plan.shape) { target in
      let function = Int32(function.rawValue)
      if plan.outer == 1 {
        ThreadPool.forRanges(plan.inner, grain: elementGrain) { range in
          let start = range.lowerBound
          combine(
            function, a.base + start * plan.innerStrideA, b.base + start * plan.innerStrideB,
            target.baseAddress! + start, 1, Int64(range.count), 0, 0, Int64(plan.innerStrideA),
            Int64(plan.innerStrideB))
        }
        return
      }
      let grain = Swift.max(1, elementGrain / Swift.max(1, plan.inner))
      ThreadPool.forRanges(plan.outer, grain: grain) { rows in
        plan.forRuns(rows) { row, count, offsetA, offsetB in
          combine(
            function, a.base + offsetA, b.base + offsetB, target.baseAddress! + row * plan.inner,
            Int64(count), Int64(plan.inner), Int64(plan.rowStrideA), Int64(plan.rowStrideB),
            Int64(plan.innerStrideA), Int64(plan.innerStrideB))
        }
      }
    }
  }
}

/// How two broadcast shapes are traversed: rows of `inner` elements, in which the stride of each
/// operand is 0 or 1.
struct BroadcastPlan {
  let shape: [Int]
  let inner: Int
  let outer: Int
  let innerStrideA: Int
  let innerStrideB: Int
  private let outerShape: [Int]
  private let stridesA: [Int]
  private let stridesB: [Int]
  /// The strides of the last axis of rows.
  let rowStrideA, rowStrideB: Int

  init(_ name: String, _ a: [Int], _ b: [Int]) {
    let rank = max(a.count, b.count)
    let paddedA = Array(repeating: 1, count: rank - a.count) + a
    let paddedB = Array(repeating: 1, count: rank - b.count) + b
    var result: [Int] = []
    for (sizeA, sizeB) in zip(paddedA, paddedB) {
      require(
        sizeA == sizeB || sizeA == 1 || sizeB == 1,
        "\(name): shapes \(a) and \(b) do not broadcast; expected equal sizes or 1")
      result.append(sizeA == 1 ? sizeB : sizeA)
    }
    shape = result
    var strideA = Self.strides(paddedA)
    var strideB = Self.strides(paddedB)
    // Trailing axes over which neither operand changes between broadcast and contiguous become one
    // axis.
    var inner = 1
    var (stepA, stepB) = (0, 0)
    var axis = rank - 1
    while axis >= 0 {
      let size = result[axis]
      let continues =
        inner == 1
        || ((strideA[axis] == 0) == (stepA == 0) && (strideB[axis] == 0) == (stepB == 0))
      if size != 1 {
        if !continues { break }
        if inner == 1 { (stepA, stepB) = (min(1, strideA[axis]), min(1, strideB[axis])) }
        inner *= size
      }
      axis -= 1
    }
    self.inner = inner
    innerStrideA = stepA
    innerStrideB = stepB
    outerShape = Array(result[0..<(axis + 1)])
    strideA.removeLast(rank - axis - 1)
    strideB.removeLast(rank - axis - 1)
    (stridesA, stridesB) = (strideA, strideB)
    (rowStrideA, rowStrideB) = (strideA.last ?? 0, strideB.last ?? 0)
    outer = inner == 0 ? 0 : outerShape.product
  }

  /// Row-major strides, 0 along axes of size 1.
  private static func strides(_ shape: [Int]) -> [Int] {
    var result = shape
    var step = 1
    for axis in shape.indices.reversed() {
      result[axis] = shape[axis] == 1 ? 0 : step
      step *= shape[axis]
    }
    return result
  }

  /// Calls `body` for runs of rows that are at regular distances in both operands: the first row, the number of
  /// rows, and the offsets of the first row in the operands.
  func forRuns(_ rows: Range<Int>, _ body: (Int, Int, Int, Int) -> Void) {
    let length = outerShape.last ?? 1
    var row = rows.lowerBound
    while row < rows.upperBound {
      let count = min(rows.upperBound - row, length - row % length)
      let (offsetA, offsetB) = offsets(row)
      body(row, count, offsetA, offsetB)
      row += count
    }
  }

  func offsets(_ row: Int) -> (Int, Int) {
    if outerShape.count == 1 { return (row * stridesA[0], row * stridesB[0]) }
    var (rest, a, b) = (row, 0, 0)
    for axis in outerShape.indices.reversed() {
      let index = rest % outerShape[axis]
      rest /= outerShape[axis]
      a += index * stridesA[axis]
      b += index * stridesB[axis]
    }
    return (a, b)
  }
}

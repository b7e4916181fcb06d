import OutcropBLAS
import OutcropCore

extension Tensor where Scalar: TensorScalar {
  /// Element-wise sum; shapes broadcast as in NumPy (aligned at the last axis, sizes equal or 1).
  public static func + (a: Tensor, b: Tensor) -> Tensor {
    let (shapeA, shapeB) = (a.shape, b.shape)
    return .record(.add, a, b, combine(.add, a, b)) { dy, sink in
      sink.add(0, dy.summed(to: shapeA))
      sink.add(1, dy.summed(to: shapeB))
    }
  }

  /// Element-wise difference; shapes broadcast as in NumPy.
  public static func - (a: Tensor, b: Tensor) -> Tensor {
    let (shapeA, shapeB) = (a.shape, b.shape)
    return .record(.subtract, a, b, combine(.subtract, a, b)) { dy, sink in
      sink.add(0, dy.summed(to: shapeA))
      sink.add(1, (-dy).summed(to: shapeB))
    }
  }

  /// Element-wise product; shapes broadcast as in NumPy.
  public static func * (a: Tensor, b: Tensor) -> Tensor {
    let (x, y) = (a.detached, b.detached)
    return .record(.multiply, a, b, combine(.multiply, a, b)) { dy, sink in
      sink.add(0, (dy * y).summed(to: x.shape))
      sink.add(1, (dy * x).summed(to: y.shape))
    }
  }

  /// Element-wise quotient; shapes broadcast as in NumPy.
  public static func / (a: Tensor, b: Tensor) -> Tensor {
    let (x, y) = (a.detached, b.detached)
    return .record(.divide, a, b, combine(.divide, a, b)) { dy, sink in
      sink.add(0, (dy / y).summed(to: x.shape))
      sink.add(1, (-dy * x / (y * y)).summed(to: y.shape))
    }
  }

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

  private static func combine(_ function: BinaryFunction, _ a: Tensor, _ b: Tensor) -> Tensor {
    let plan = BroadcastPlan(function.rawValue, a.shape, b.shape)
    return Tensor(unsafeUninitialized: plan.shape) { target in
      let grain = Swift.max(1, elementGrain / Swift.max(1, plan.inner))
      ThreadPool.forRanges(plan.outer, grain: grain) { rows in
        for row in rows {
          let (offsetA, offsetB) = plan.offsets(row)
          combineRow(
            function, a.base + offsetA, plan.innerStrideA, b.base + offsetB, plan.innerStrideB,
            target.baseAddress! + row * plan.inner, plan.inner)
        }
      }
    }
  }
}

private enum BinaryFunction: String {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
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

  func offsets(_ row: Int) -> (Int, Int) {
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

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func combineRow<Scalar: TensorScalar>(
  _ function: BinaryFunction, _ a: UnsafePointer<Scalar>, _ strideA: Int,
  _ b: UnsafePointer<Scalar>, _ strideB: Int, _ y: UnsafeMutablePointer<Scalar>, _ count: Int
) {
  @inline(__always) func each(_ f: (Scalar, Scalar) -> Scalar) {
    if strideA == 1, strideB == 1 {
      for index in 0..<count { y[index] = f(a[index], b[index]) }
    } else if strideA == 1 {
      let fixed = b[0]
      for index in 0..<count { y[index] = f(a[index], fixed) }
    } else if strideB == 1 {
      let fixed = a[0]
      for index in 0..<count { y[index] = f(fixed, b[index]) }
    } else {
      let fixed = f(a[0], b[0])
      for index in 0..<count { y[index] = fixed }
    }
  }
  switch function {
  case .add: each { $0 + $1 }
  case .subtract: each { $0 - $1 }
  case .multiply: each { $0 * $1 }
  case .divide: each { $0 / $1 }
  }
}

import OutcropCore

extension Tensor where Scalar: TensorScalar {
  /// The elements with equal indices along two axes of one size, which become the last axis.
  func diagonalOfAxes(_ first: Int, _ second: Int) -> Tensor {
    let rest = (0..<rank).filter { $0 != first && $0 != second }
    let moved = transposed(rest + [first, second])
    let (before, size) = (moved.shape, self.shape[first])
    let number = rest.map { self.shape[$0] }.product
    let shape = Array(before.dropLast())
    let x = moved.detached
    let result = Tensor(unsafeUninitialized: shape) { target in
      copyDiagonals(x.base, target.baseAddress!, number, size)
    }
    return .record(TensorOperation.axesDiagonal, inputs: [moved], output: result) { dy, sink in
      sink.accumulate(0, shape: before) { target, beta in
        if beta == 0 { target.update(repeating: 0) }
        addDiagonals(dy.base, target.baseAddress!, number, size)
      }
    }
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func copyDiagonals<Scalar: TensorScalar>(
  _ x: UnsafePointer<Scalar>, _ y: UnsafeMutablePointer<Scalar>, _ count: Int, _ size: Int
) {
  for matrix in 0..<count {
    for index in 0..<size { y[matrix * size + index] = x[(matrix * size + index) * size + index] }
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func addDiagonals<Scalar: TensorScalar>(
  _ dy: UnsafePointer<Scalar>, _ dx: UnsafeMutablePointer<Scalar>, _ count: Int, _ size: Int
) {
  for matrix in 0..<count {
    for index in 0..<size {
      dx[(matrix * size + index) * size + index] += dy[matrix * size + index]
    }
  }
}

import OutcropCore

extension Tensor {
  /// The tensor with `widths[i]` additional elements before and after along axis i, all of them `value`.
  /// Missing leading widths are 0: `x.padded([(1, 1)])` pads the last axis.
  public func padded(_ widths: [(before: Int, after: Int)], with value: Scalar = ._zero) -> Tensor {
    require(
      widths.count <= rank && widths.allSatisfy { $0.before >= 0 && $0.after >= 0 },
      "padded: widths \(widths.map { [$0.before, $0.after] }) for the shape \(shape); expected at most "
        + "one pair of numbers >= 0 for each axis")
    let all = Array(repeating: (before: 0, after: 0), count: rank - widths.count) + widths
    var view = StridedView(zip(shape, all).map { $0 + $1.before + $1.after })
    let target = view.shape
    for (axis, width) in all.enumerated() {
      view.slice(axis, first: width.before, count: shape[axis])
    }
    return placed(view, in: Tensor(repeating: value, shape: target))
  }

  /// The matrix [n, n] whose diagonal is a vector [n], with zeros elsewhere. `offset` moves the
  /// elements that many columns to the right and enlarges the matrix by the offset's magnitude.
  public static func diagonal(_ vector: Tensor, offset: Int = 0) -> Tensor {
    require(
      vector.rank == 1, "Tensor.diagonal: the shape \(vector.shape); expected a vector")
    let size = vector.count + Swift.abs(offset)
    var view = StridedView([size, size])
    view.takeDiagonal(0, 1, offset: offset)
    return vector.placed(view, in: .zeros([size, size]))
  }

  /// `background` with this tensor's elements in the place of those of a view that has no element twice.
  private func placed(_ view: StridedView, in background: Tensor) -> Tensor {
    var result = background
    if count > 0 {
      result.withUnsafeMutableBufferPointer { view.assign(base, to: $0.baseAddress!) }
    }
    return .record(TensorOperation.pad, inputs: [self], output: result) { dy, sink in
      sink.add(0, dy.elements(of: view))
    }
  }
}

import OutcropCore

extension Tensor {
  /// The elements at `indices` of `axis`, as in `numpy.take`: the axis is replaced by the axes of the index
  /// tensor. Negative indices and axes count from the end.
  public func taken(_ indices: Tensor<some TensorInteger>, axis: Int = 0) -> Tensor {
    let axis = normalizedAxis("taken", axis)
    let checked = indices.checkedIndices("taken", size: shape[axis], axis: axis, shape)
    let rows = checked.withUnsafeBufferPointer { $0.map { Int($0) } }
    let target = Array(shape[..<axis]) + indices.shape + shape[(axis + 1)...]
    return taking(rows, axis: axis).reshaped(target)
  }

  /// For each element of `indices`, the element of this tensor with that index along `axis` and the same
  /// indices along all others, as in `torch.gather` and `numpy.take_along_axis`: result[i, j] =
  /// x[indices[i, j], j] for axis 0. Along other axes `indices` may be smaller than the tensor.
  public func gathered(axis: Int, _ indices: Tensor<some TensorInteger>) -> Tensor {
    let positions = positions("gathered", axis, indices)
    return gathered(positions, shape: indices.shape)
  }

  /// This tensor with values[i, j] in the place of element [indices[i, j], j] (for axis 0), as in
  /// `torch.scatter` and `numpy.put_along_axis`. With `accumulating` values are added to the elements, as in
  /// `torch.scatter_add`; without it, the last of several values for one element is kept.
  public func scattered(
    axis: Int, _ indices: Tensor<some TensorInteger>, _ values: Tensor, accumulating: Bool = false
  ) -> Tensor {
    let positions = positions("scattered", axis, indices)
    return putting(values.broadcast(to: indices.shape), positions, adding: accumulating)
  }

  private func positions(
    _ name: String, _ axis: Int, _ indices: Tensor<some TensorInteger>
  ) -> Positions {
    let axis = normalizedAxis(name, axis)
    require(
      indices.rank == rank
        && (0..<rank).allSatisfy { $0 == axis || indices.shape[$0] <= shape[$0] },
      "\(name): indices of shape \(indices.shape) along axis \(axis) of the shape \(shape); expected "
        + "the same rank and no larger sizes along other axes")
    let checked = indices.checkedIndices(name, size: shape[axis], axis: axis, shape)
    let strides = StridedView(shape).strides
    let inner = indices.shape.last ?? 1
    let innerStride = axis == rank - 1 ? 0 : (strides.last ?? 1)
    let step = strides[axis]
    let values = [Int](unsafeUninitializedCapacity: indices.count) { target, count in
      count = indices.count
      checked.withUnsafeBufferPointer { checked in
        for row in 0..<(inner == 0 ? 0 : indices.count / inner) {
          var (rest, offset) = (row, 0)
          for other in (0..<(rank - 1)).reversed() {
            let index = rest % indices.shape[other]
            rest /= indices.shape[other]
            if other != axis { offset += index * strides[other] }
          }
          let start = row * inner
          for column in 0..<inner {
            target[start + column] =
              offset + column * innerStride + Int(checked[start + column]) * step
          }
        }
      }
    }
    return Positions(values, areDistinct: false)
  }
}

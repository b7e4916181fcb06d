import OutcropCore

extension Tensor {
  /// The same elements in another shape of the same count. One size may be −1 and follows from the
  /// others.
  public func reshaped(_ shape: [Int]) -> Tensor {
    var target = shape
    if let free = shape.firstIndex(of: -1) {
      let rest = shape.enumerated().filter { $0.offset != free }.map(\.element).product
      target[free] = rest == 0 ? 0 : count / rest
    }
    require(
      target.product == count && target.allSatisfy { $0 >= 0 },
      "reshaped: the shape \(self.shape), which has \(count) elements, does not fit \(shape)")
    let result = Tensor(shape: target, storage: storage, offset: offset)
    let before = self.shape
    return .record(TensorOperation.reshape, inputs: [self], output: result) { dy, sink in
      sink.add(0, dy.reshaped(before))
    }
  }

  /// The axes in another order: axis i of the result is axis `order[i]` of this tensor. Without an
  /// order, the last two axes are exchanged.
  public func transposed(_ order: [Int]? = nil) -> Tensor {
    require(order != nil || rank >= 2, "transposed: the shape \(shape) has no two axes")
    let order = order ?? Array(0..<(rank - 2)) + [rank - 1, rank - 2]
    require(
      order.sorted() == Array(0..<rank),
      "transposed: the order \(order) for the shape \(shape); expected each axis once")
    let result = reordered(order)
    return .record(TensorOperation.transpose, inputs: [self], output: result) { dy, sink in
      sink.add(0, dy.reordered(inverse(of: order)))
    }
  }

  /// The elements whose index along `axis` is in `range`.
  public func sliced(axis: Int = 0, _ range: Range<Int>) -> Tensor {
    let axis = axis < 0 ? axis + rank : axis
    require(
      axis >= 0 && axis < rank && range.lowerBound >= 0 && range.upperBound <= shape[axis],
      "sliced: the range \(range) of axis \(axis) of the shape \(shape); expected a range within the axis"
    )
    let before = shape
    let result = copyingSlice(axis, range)
    return .record(TensorOperation.slice, inputs: [self], output: result) { dy, sink in
      sink.accumulate(0, shape: before) { target, beta in
        if beta == 0 { target.update(repeating: 0) }
        forSlices(before, axis, range) { full, slice, count in
          let addend = UnsafeBufferPointer(start: dy.base + slice, count: count)
          addInPlace(UnsafeMutableBufferPointer(rebasing: target[full..<(full + count)]), addend)
        }
      }
    }
  }

  private func copyingSlice(_ axis: Int, _ range: Range<Int>) -> Tensor {
    var result = shape
    result[axis] = range.count
    if axis == 0 {
      // Rows are contiguous: the slice shares this tensor's memory.
      let start = range.lowerBound * shape.dropFirst().product
      return Tensor(shape: result, storage: storage, offset: offset + start)
    }
    return Tensor(unsafeUninitialized: result) { target in
      forSlices(shape, axis, range) { full, slice, count in
        (target.baseAddress! + slice).update(from: base + full, count: count)
      }
    }
  }

  /// `tensors` one after the other along `axis`. Traps when `tensors` is empty or the other sizes
  /// differ.
  public init(concatenating tensors: [Tensor], axis: Int = 0) {
    require(!tensors.isEmpty, "Tensor(concatenating:): found no tensors, expected at least one")
    let rank = tensors[0].rank
    let axis = axis < 0 ? axis + rank : axis
    var shape = tensors[0].shape
    for tensor in tensors {
      var (a, b) = (tensor.shape, tensors[0].shape)
      let fits = axis >= 0 && axis < rank && a.count == b.count
      if fits { (a[axis], b[axis]) = (0, 0) }
      require(
        fits && a == b,
        "Tensor(concatenating:): shapes \(tensors[0].shape) and \(tensor.shape) along axis \(axis); "
          + "expected the same sizes along all other axes")
    }
    shape[axis] = tensors.reduce(0) { $0 + $1.shape[axis] }
    var ranges: [Range<Int>] = []
    var start = 0
    for tensor in tensors {
      ranges.append(start..<(start + tensor.shape[axis]))
      start += tensor.shape[axis]
    }
    let result = Tensor(unsafeUninitialized: shape) { target in
      for (tensor, range) in zip(tensors, ranges) {
        forSlices(shape, axis, range) { full, slice, count in
          (target.baseAddress! + full).update(from: tensor.base + slice, count: count)
        }
      }
    }
    self = .record(TensorOperation.concatenate, inputs: tensors, output: result) { dy, sink in
      for (index, range) in ranges.enumerated() {
        sink.add(index, dy.copyingSlice(axis, range))
      }
    }
  }
}

/// Calls `body` for each contiguous run of a slice with its offset in the whole tensor, its offset
/// in the slice and its length.
private func forSlices(
  _ shape: [Int], _ axis: Int, _ range: Range<Int>, _ body: (Int, Int, Int) -> Void
) {
  let inner = shape[(axis + 1)...].product
  let count = range.count * inner
  if count == 0 { return }
  for outer in 0..<shape[..<axis].product {
    body((outer * shape[axis] + range.lowerBound) * inner, outer * count, count)
  }
}

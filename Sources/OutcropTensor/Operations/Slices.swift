import OutcropCore

extension Tensor {
  /// The elements whose index along `axis` is in `range`, as in `x.sliced(axis: 1, 2...)`. Negative axes
  /// and negative bounds count from the end; a range that exceeds the axis traps.
  public func sliced(axis: Int = 0, _ range: some TensorRange) -> Tensor {
    slicing("sliced", axis, range._range)
  }

  /// The elements whose index along `axis` is `from`, `from` + `by` and so on, before `to`. Negative
  /// bounds count from the end; a missing bound is the axis's end. A negative `by` goes backward.
  public func sliced(axis: Int = 0, from: Int? = nil, to: Int? = nil, by step: Int) -> Tensor {
    slicing("sliced", axis, TensorSlice(lower: from, upper: to, step: step))
  }

  private func slicing(_ name: String, _ axis: Int, _ slice: TensorSlice) -> Tensor {
    let axis = normalizedAxis(name, axis)
    var view = StridedView(shape)
    let (first, count) = slice.resolved(name, axis, shape)
    view.slice(axis, first: first, count: count, step: slice.step)
    return viewed(view)
  }

  /// The elements with index `index` along `axis`, which is removed. A negative index or axis counts from
  /// the end.
  public func selecting(_ index: Int, axis: Int) -> Tensor {
    let axis = normalizedAxis("selecting", axis)
    let place = index < 0 ? index + shape[axis] : index
    require(
      place >= 0 && place < shape[axis],
      "selecting: index \(index) of axis \(axis) of the shape \(shape); expected "
        + "\(-shape[axis]) ..< \(shape[axis])")
    var view = StridedView(shape)
    view.select(axis, place)
    return viewed(view)
  }

  /// The elements in reverse order along `axes` (negative axes count from the end).
  public func flipped(axes: [Int]) -> Tensor {
    var view = StridedView(shape)
    for axis in normalizedAxes("flipped", axes) {
      view.slice(axis, first: shape[axis] - 1, count: shape[axis], step: -1)
    }
    return viewed(view)
  }

  /// The elements in reverse order along `axis`.
  public func flipped(axis: Int) -> Tensor { flipped(axes: [axis]) }

  /// The elements with equal indices along two axes, which are replaced by one at the end. With an
  /// `offset`, the second index is greater by it.
  public func diagonal(offset: Int = 0, axes first: Int = 0, _ second: Int = 1) -> Tensor {
    let axes = normalizedAxes("diagonal", [first, second])
    let ascending = normalizedAxis("diagonal", first) == axes[0]
    var view = StridedView(shape)
    view.takeDiagonal(
      ascending ? axes[0] : axes[1], ascending ? axes[1] : axes[0], offset: offset)
    return viewed(view)
  }

  /// The parts of given sizes along `axis`, in order. Traps unless the sizes add up to the axis's size.
  public func split(sizes: [Int], axis: Int = 0) -> [Tensor] {
    let axis = normalizedAxis("split", axis)
    require(
      sizes.allSatisfy { $0 >= 0 } && sizes.reduce(0, +) == shape[axis],
      "split: sizes \(sizes) for axis \(axis) of the shape \(shape); expected sizes that add up to "
        + "\(shape[axis])")
    var start = 0
    return sizes.map { size in
      defer { start += size }
      return sliced(axis: axis, start..<(start + size))
    }
  }

  /// Parts of `size` along `axis`, in order; the last may be smaller.
  public func split(size: Int, axis: Int = 0) -> [Tensor] {
    let axis = normalizedAxis("split", axis)
    require(size > 0, "split: found the size \(size), expected at least 1")
    return stride(from: 0, to: Swift.max(1, shape[axis]), by: size).map {
      sliced(axis: axis, $0..<Swift.min($0 + size, shape[axis]))
    }
  }

  /// At most `count` parts of equal size along `axis`, in order; the last may be smaller. As in
  /// `torch.chunk`, there can be fewer than `count` parts.
  public func chunked(into count: Int, axis: Int = 0) -> [Tensor] {
    let axis = normalizedAxis("chunked", axis)
    require(count > 0, "chunked: found \(count) parts, expected at least 1")
    return split(size: Swift.max(1, (shape[axis] + count - 1) / count), axis: axis)
  }

  /// The elements of a view that has no element twice.
  func viewed(_ view: StridedView) -> Tensor {
    let before = shape
    return .record(TensorOperation.slice, inputs: [self], output: elements(of: view)) { dy, sink in
      sink.accumulate(0, shape: before) { target, beta in
        if beta == ._zero { setToZero(target) }
        if dy.count > 0 { view.add(dy.base, to: target.baseAddress!) }
      }
    }
  }
}

/// Fills memory with zeros, which are zero bits for all element types.
func setToZero<Element: TensorElement>(_ target: UnsafeMutableBufferPointer<Element>) {
  guard let base = target.baseAddress else { return }
  UnsafeMutableRawPointer(base).initializeMemory(
    as: UInt8.self, repeating: 0, count: target.count * MemoryLayout<Element>.stride)
}

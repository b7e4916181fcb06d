import OutcropCore

extension Tensor {
  /// The same elements in another shape with the same count. One size may be −1; it is computed from the
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

  /// The same elements with all axes from `fromAxis` through `throughAxis` joined to one (negative axes
  /// count from the end); a scalar becomes a vector of one element.
  public func flattened(fromAxis: Int = 0, throughAxis: Int = -1) -> Tensor {
    if rank == 0 { return reshaped([1]) }
    let first = normalizedAxis("flattened", fromAxis)
    let last = normalizedAxis("flattened", throughAxis)
    require(
      first <= last,
      "flattened: axes \(fromAxis) through \(throughAxis) of the shape \(shape); expected ascending axes"
    )
    return reshaped(Array(shape[..<first]) + [shape[first...last].product] + shape[(last + 1)...])
  }

  /// The same elements without the axes of size 1.
  public func squeezed() -> Tensor { reshaped(shape.filter { $0 != 1 }) }

  /// The same elements without `axis` (negative axes count from the end). Traps unless its size is 1.
  public func squeezed(axis: Int) -> Tensor {
    let index = normalizedAxis("squeezed", axis)
    require(
      shape[index] == 1, "squeezed: axis \(axis) of the shape \(shape); expected an axis of size 1")
    var target = shape
    target.remove(at: index)
    return reshaped(target)
  }

  /// The same elements with a further axis of size 1, which is number `axis` of the result (negative
  /// axes count from the end of the result).
  public func unsqueezed(axis: Int) -> Tensor {
    let index = axis < 0 ? axis + rank + 1 : axis
    require(
      index >= 0 && index <= rank,
      "unsqueezed: axis \(axis) for the shape \(shape); expected \(-rank - 1) ... \(rank)")
    var target = shape
    target.insert(1, at: index)
    return reshaped(target)
  }

  /// The axes in another order: axis i of the result is axis `order[i]` of this tensor. Without an
  /// order, the last two axes are exchanged.
  public func transposed(_ order: [Int]? = nil) -> Tensor {
    require(order != nil || rank >= 2, "transposed: the shape \(shape) has no two axes")
    return permuting("transposed", order ?? Array(0..<(rank - 2)) + [rank - 1, rank - 2])
  }

  /// The axes in another order: axis i of the result is axis `order[i]` of this tensor (negative axes
  /// count from the end).
  public func permuted(_ order: [Int]) -> Tensor { permuting("permuted", order) }

  /// The tensor with two axes exchanged (negative axes count from the end).
  public func swappedAxes(_ first: Int, _ second: Int) -> Tensor {
    var order = Array(0..<rank)
    order.swapAt(normalizedAxis("swappedAxes", first), normalizedAxis("swappedAxes", second))
    return permuting("swappedAxes", order)
  }

  /// The tensor with one axis at another place; the others keep their order (negative axes count from
  /// the end).
  public func movedAxis(from source: Int, to target: Int) -> Tensor {
    var order = Array(0..<rank)
    let axis = order.remove(at: normalizedAxis("movedAxis", source))
    order.insert(axis, at: normalizedAxis("movedAxis", target))
    return permuting("movedAxis", order)
  }

  private func permuting(_ name: String, _ order: [Int]) -> Tensor {
    let axes = order.map { $0 < 0 ? $0 + rank : $0 }
    require(
      axes.sorted() == Array(0..<rank),
      "\(name): the order \(order) for the shape \(shape); expected each axis once")
    return .record(TensorOperation.transpose, inputs: [self], output: reordered(axes)) {
      dy, sink in
      sink.add(0, dy.reordered(inverseOrder(of: axes)))
    }
  }

  /// The elements of a view of this tensor, off the tape. Consecutive elements are shared, not copied.
  func elements(of view: StridedView) -> Tensor {
    if view.isContiguous {
      return Tensor(shape: view.shape, storage: storage, offset: offset + view.start)
    }
    return Tensor(unsafeUninitialized: view.shape) { target in
      if !target.isEmpty { view.copy(from: base, to: target.baseAddress!) }
    }
  }

  /// The axis counted from the front; traps if it is out of range.
  func normalizedAxis(_ name: String, _ axis: Int) -> Int { AxisPlan(name, shape, axis).axis }
}

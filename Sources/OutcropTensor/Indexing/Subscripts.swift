import OutcropCore

extension Tensor {
  /// The elements that the indices select, one index for each axis from the first on; axes without an
  /// index stay whole. ``TensorIndex`` lists the possible indices.
  ///
  /// Reading is differentiable. Writing replaces the selected elements by those of the new value, which
  /// is broadcast; it traps for the result of a tracked operation and for a tracked new value, because
  /// the tape does not record it. `putting(_:at:)` is the differentiable form. The last of several new
  /// values for one element is kept.
  public subscript(_ indices: any TensorIndex...) -> Tensor {
    get { selecting(indices.map(\._item)) }
    set { assign(newValue, indices.map(\._item)) }
  }

  /// Like the subscript without `...`, which stands for all axes that no other index names.
  public subscript(_ ellipsis: UnboundedRange, _ indices: any TensorIndex...) -> Tensor {
    get { selecting([.ellipsis] + indices.map(\._item)) }
    set { assign(newValue, [.ellipsis] + indices.map(\._item)) }
  }

  /// Like the subscript without `...`, which stands for all axes that no other index names.
  public subscript(
    _ first: any TensorIndex, _ ellipsis: UnboundedRange, _ indices: any TensorIndex...
  ) -> Tensor {
    get { selecting([first._item, .ellipsis] + indices.map(\._item)) }
    set { assign(newValue, [first._item, .ellipsis] + indices.map(\._item)) }
  }

  /// The part of the tensor at the indices of its first axes.
  public subscript(_ indices: Int...) -> Tensor {
    get {
      var view = StridedView(shape)
      view.selectFirst(indices)
      return viewed(view)
    }
    set {
      var view = StridedView(shape)
      view.selectFirst(indices)
      assign(newValue, to: view)
    }
  }

  /// The element with the given indices, one for each axis; negative indices count from the end.
  @inlinable
  public func scalar(at indices: Int...) -> Scalar {
    if indices.count != shape.count { failAt(indices) }
    var place = 0
    for axis in 0..<indices.count {
      let size = shape[axis]
      let index = indices[axis] < 0 ? indices[axis] + size : indices[axis]
      if index < 0 || index >= size { failAt(indices) }
      place = place * size + index
    }
    return base[place]
  }

  @usableFromInline
  func failAt(_ indices: [Int]) -> Never {
    fatalError(
      "scalar(at:): indices \(indices) for the shape \(shape); expected one for each axis, within the axis"
    )
  }

  /// This tensor with `values`, which are broadcast, in the place of the elements that the indices
  /// select: the differentiable form of writing through a subscript. With `accumulating`, values are added
  /// to the elements, once for each time that an element is selected; without it, the last of several
  /// values for one element is kept.
  public func putting(
    _ values: Tensor, at indices: any TensorIndex..., accumulating: Bool = false
  ) -> Tensor {
    putting(values, atIndices: indices, accumulating: accumulating)
  }

  /// The same for indices in an array.
  package func putting(
    _ values: Tensor, atIndices indices: [any TensorIndex], accumulating: Bool
  ) -> Tensor {
    let (positions, selected) = positions(indices.map(\._item))
    return putting(values.broadcast(to: selected), positions, adding: accumulating)
  }

  // MARK: -

  package func selecting(_ items: [TensorIndexItem]) -> Tensor {
    if items.count == 1, rank > 0, case .mask(let mask) = items[0].kind, mask.shape == shape {
      return compressed(by: mask)
    }
    let plan = SubscriptPlan(items, shape)
    let part = plan.isIdentity ? self : viewed(plan.view)
    return plan.advanced.isEmpty ? part : part.joined(plan)
  }

  /// The elements that the index tensors of a plan select from the elements that its slices left.
  private func joined(_ plan: SubscriptPlan) -> Tensor {
    let axes = plan.advanced.flatMap(\.axes)
    let areNeighbors = zip(axes, axes.dropFirst()).allSatisfy { $1 == $0 + 1 }
    if areNeighbors {
      let (first, last) = (axes[0], axes[axes.count - 1])
      let (rows, shape) = plan.rows(of: self.shape)
      let joined = Array(self.shape[..<first]) + [axes.map { self.shape[$0] }.product]
      return reshaped(joined + self.shape[(last + 1)...])
        .taking(rows, axis: first)
        .reshaped(Array(self.shape[..<first]) + shape + self.shape[(last + 1)...])
    }
    let rest = (0..<rank).filter { !axes.contains($0) }
    let (rows, shape) = plan.rows(of: self.shape)
    let restShape = rest.map { self.shape[$0] }
    return permuted(axes + rest).reshaped([axes.map { self.shape[$0] }.product] + restShape)
      .taking(rows, axis: 0)
      .reshaped(shape + restShape)
  }

  /// Rows of axis `axis`, all of which are in range.
  func taking(_ rows: [Int], axis: Int) -> Tensor {
    let plan = AxisPlan("taking", shape, axis)
    var target = shape
    target[axis] = rows.count
    let taken = Positions(rows, width: plan.inner, areDistinct: false)
    if plan.outer == 1 { return gathered(taken, shape: target) }
    let before = shape
    let result = Tensor(unsafeUninitialized: target) { y in
      if !y.isEmpty { taken.gather(from: base, blocks: plan.outer, plan.size, to: y.baseAddress!) }
    }
    return .record(TensorOperation.gatherElements, inputs: [self], output: result) { dy, sink in
      let all = Positions(
        (0..<plan.outer).flatMap { block in rows.map { block * plan.size + $0 } },
        width: plan.inner, areDistinct: false)
      sink.accumulate(0, shape: before) { target, beta in
        if beta == ._zero { setToZero(target) }
        if dy.count > 0 { all.add(dy.base, to: target.baseAddress!) }
      }
    }
  }

  private mutating func assign(_ value: Tensor, _ items: [TensorIndexItem]) {
    let plan = SubscriptPlan(items, shape)
    if plan.advanced.isEmpty { return assign(value, to: plan.view) }
    checkUntracked(value)
    let (positions, selected) = positions(items)
    let values = value.broadcast(to: selected)
    withUnsafeMutableBufferPointer { target in
      if values.count > 0 { positions.assign(values.base, to: target.baseAddress!) }
    }
    withExtendedLifetime(values) {}
  }

  private mutating func assign(_ value: Tensor, to view: StridedView) {
    checkUntracked(value)
    let values = value.broadcast(to: view.shape)
    withUnsafeMutableBufferPointer { target in
      if values.count > 0 { view.assign(values.base, to: target.baseAddress!) }
    }
    withExtendedLifetime(values) {}
  }

  private func checkUntracked(_ value: Tensor) {
    require(
      !value.isTracked || !Recording.isEnabled,
      "subscript: the new value of shape \(value.shape) is tracked, and writing is not recorded; use "
        + "`putting(_:at:)` or `.detached`")
  }

  /// The places of the selected elements, and their shape. Trailing axes that stay whole become the
  /// width of a place.
  private func positions(_ items: [TensorIndexItem]) -> (Positions, [Int]) {
    var leading = rank
    if !items.contains(where: { if case .ellipsis = $0.kind { true } else { false } }) {
      leading = items.reduce(0) { $0 + $1.consumedAxes }
      require(
        leading <= rank, "subscript: indices of \(leading) axes for the shape \(shape)")
    }
    let (front, back) = (Array(shape[..<leading]), Array(shape[leading...]))
    let numbers = Tensor<Int64>(unsafeUninitialized: front) { target in
      for index in target.indices { target[index] = Int64(index) }
    }
    let selected = numbers.selecting(items)
    let areDistinct = items.allSatisfy {
      if case .positions = $0.kind { false } else { true }
    }
    let values = selected.withUnsafeBufferPointer { $0.map { Int($0) } }
    return (
      Positions(values, width: back.product, areDistinct: areDistinct), selected.shape + back
    )
  }
}

extension Tensor {
  /// Writing sets all selected elements to a literal: `x[mask] = 0`. For a number in a variable `a`, write
  /// `x[mask] = Tensor(a)`.
  @_disfavoredOverload
  public subscript(_ indices: any TensorIndex...) -> TensorLiteral<Scalar> {
    @available(*, unavailable, message: "a literal can only be written")
    get { fatalError("subscript: a literal can only be written") }
    set { assign(newValue.tensor, indices.map(\._item)) }
  }

  /// Like the subscript without `...`, which stands for all axes that no other index names.
  @_disfavoredOverload
  public subscript(
    _ ellipsis: UnboundedRange, _ indices: any TensorIndex...
  ) -> TensorLiteral<Scalar> {
    @available(*, unavailable, message: "a literal can only be written")
    get { fatalError("subscript: a literal can only be written") }
    set { assign(newValue.tensor, [.ellipsis] + indices.map(\._item)) }
  }

  /// Like the subscript without `...`, which stands for all axes that no other index names.
  @_disfavoredOverload
  public subscript(
    _ first: any TensorIndex, _ ellipsis: UnboundedRange, _ indices: any TensorIndex...
  ) -> TensorLiteral<Scalar> {
    @available(*, unavailable, message: "a literal can only be written")
    get { fatalError("subscript: a literal can only be written") }
    set { assign(newValue.tensor, [first._item, .ellipsis] + indices.map(\._item)) }
  }

  /// Writing sets all elements at the indices to a literal: `x[1, 2] = 0`.
  @_disfavoredOverload
  public subscript(_ indices: Int...) -> TensorLiteral<Scalar> {
    @available(*, unavailable, message: "a literal can only be written")
    get { fatalError("subscript: a literal can only be written") }
    set {
      var view = StridedView(shape)
      view.selectFirst(indices)
      assign(newValue.tensor, to: view)
    }
  }
}

extension TensorIndexItem {
  fileprivate var consumedAxes: Int {
    switch kind {
    case .position, .slice, .positions: 1
    case .mask(let mask): mask.rank
    case .ellipsis, .newAxis: 0
    }
  }
}

extension StridedView {
  /// Selects one index of each of the first axes.
  fileprivate mutating func selectFirst(_ indices: [Int]) {
    require(
      indices.count <= shape.count,
      "subscript: \(indices.count) indices for the shape \(shape)")
    for index in indices {
      let front = index < 0 ? index + shape[0] : index
      require(
        front >= 0 && front < shape[0],
        "subscript: index \(index) of the axes \(shape); expected \(-shape[0]) ..< \(shape[0])")
      select(0, front)
    }
  }
}

/// A subscript's indices, divided into a view and the index tensors that are applied to the view.
private struct SubscriptPlan {
  /// The elements that integers, ranges and new axes select.
  var view: StridedView
  var isIdentity = true
  /// The axes of the view that index tensors replace, ascending, with indices from the front. A mask
  /// replaces several axes and has indices of their row-major order.
  var advanced: [(axes: Range<Int>, indices: Tensor<Int64>)] = []

  init(_ items: [TensorIndexItem], _ shape: [Int]) {
    view = StridedView(shape)
    let named = items.reduce(0) { $0 + $1.consumedAxes }
    let ellipses = items.count { if case .ellipsis = $0.kind { true } else { false } }
    require(
      named <= shape.count && ellipses <= 1,
      "subscript: \(ellipses) ellipses and indices of \(named) axes for the shape \(shape); expected "
        + "at most one ellipsis and \(shape.count) axes")
    // The next axis of the view, and of the tensor.
    var (axis, source) = (0, 0)
    for item in items {
      switch item.kind {
      case .ellipsis:
        axis += shape.count - named
        source += shape.count - named
      case .newAxis:
        view.insertAxis(axis)
        axis += 1
        isIdentity = false
      case .position(let index):
        let size = shape[source]
        require(
          index >= -size && index < size,
          "subscript: index \(index) of axis \(source) of the shape \(shape); expected "
            + "\(-size) ..< \(size)")
        view.select(axis, index < 0 ? index + size : index)
        source += 1
        isIdentity = false
      case .slice(let slice):
        let (first, count) = slice.resolved("subscript", source, shape)
        if count != shape[source] || slice.step < 0 {
          view.slice(axis, first: first, count: count, step: slice.step)
          isIdentity = false
        }
        (axis, source) = (axis + 1, source + 1)
      case .positions(let indices):
        let checked = indices.checkedIndices("subscript", size: shape[source], axis: source, shape)
        advanced.append((axis..<(axis + 1), checked))
        (axis, source) = (axis + 1, source + 1)
      case .mask(let mask):
        require(
          mask.shape == Array(shape[source..<(source + mask.rank)]),
          "subscript: a mask of shape \(mask.shape) for axes from \(source) of the shape \(shape); "
            + "expected the same sizes")
        require(mask.rank > 0, "subscript: a mask without axes; expected at least one")
        let places = mask.withUnsafeBufferPointer { nonzeroPlaces($0) }
        advanced.append((axis..<(axis + mask.rank), Tensor(places.map(Int64.init))))
        (axis, source) = (axis + mask.rank, source + mask.rank)
      }
    }
  }

  /// The index tensors joined to one list of indices of their axes in row-major order, and the shape of
  /// the list. `shape` is that of the view.
  func rows(of shape: [Int]) -> ([Int], [Int]) {
    var joined = advanced[0].indices
    for part in advanced.dropFirst() {
      joined = joined * Int64(shape[part.axes].product) + part.indices
    }
    return (joined.withUnsafeBufferPointer { $0.map { Int($0) } }, joined.shape)
  }
}

extension Tensor where Scalar: TensorInteger {
  /// The indices counted from the front; traps if one is not in −size ..< size.
  func checkedIndices(_ name: String, size: Int, axis: Int, _ shape: [Int]) -> Tensor<Int64> {
    let indices = Tensor<Int64>(self)
    var (isNegative, outside) = (false, Int64?.none)
    indices.withUnsafeBufferPointer {
      for index in $0 {
        if index < 0 { isNegative = true }
        if index >= Int64(size) || index < -Int64(size) { outside = index }
      }
    }
    require(
      outside == nil,
      "\(name): index \(outside ?? 0) of axis \(axis) of the shape \(shape); expected "
        + "\(-size) ..< \(size)")
    if !isNegative { return indices }
    return indices.map { $0 < 0 ? $0 + Int64(size) : $0 }
  }
}

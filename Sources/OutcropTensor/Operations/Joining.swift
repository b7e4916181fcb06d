import OutcropCore

extension Tensor {
  /// `tensors` one after another along `axis`. Traps if `tensors` is empty or the other sizes
  /// differ.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public init(concatenating tensors: [Tensor], axis: Int = 0) {
    require(!tensors.isEmpty, "Tensor(concatenating:): found no tensors, expected at least one")
    let rank = tensors[0].rank
    let axis = axis < 0 ? axis + rank : axis
    var shape = tensors[0].shape
    for tensor in tensors {
      require(
        axis >= 0 && axis < rank && tensor.rank == rank
          && (0..<rank).allSatisfy { $0 == axis || tensor.shape[$0] == shape[$0] },
        "Tensor(concatenating:): shapes \(tensors[0].shape) and \(tensor.shape) along axis \(axis); "
          + "expected the same sizes along all other axes")
    }
    shape[axis] = tensors.reduce(0) { $0 + $1.shape[axis] }
    self.init(joining: tensors, shape: shape, axis: axis)
  }

  /// The tensors one after another along `axis` of `shape`, in which each may have more than one index, or
  /// one index without an axis of its own.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private init(joining tensors: [Tensor], shape: [Int], axis: Int) {
    let plan = AxisPlan("join", shape, axis)
    // The elements of a tensor for one index of the axes before `axis` are adjacent.
    let counts = tensors.map { plan.outer == 0 ? 0 : $0.count / plan.outer }
    let result = Tensor(unsafeUninitialized: shape) { target in
      var start = 0
      for (tensor, count) in zip(tensors, counts) where count > 0 {
        copyRows(
          tensor.base, count, to: target.baseAddress! + start, plan.size * plan.inner,
          rows: plan.outer, count: count)
        start += count
      }
      withExtendedLifetime(tensors) {}
    }
    let shapes = tensors.map(\.shape)
    self = .record(TensorOperation.concatenate, inputs: tensors, output: result) { dy, sink in
      var start = 0
      for (index, count) in counts.enumerated() {
        let size = plan.inner == 0 ? 0 : count / plan.inner
        var view = StridedView(dy.shape)
        view.slice(axis, first: start, count: size)
        sink.add(index, dy.elements(of: view).reshaped(shapes[index]))
        start += size
      }
    }
  }

  /// Tensors of one shape side by side along a new axis, which is number `axis` of the result. Traps if
  /// `tensors` is empty or the shapes differ.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public init(stacking tensors: [Tensor], axis: Int = 0) {
    require(!tensors.isEmpty, "Tensor(stacking:): found no tensors, expected at least one")
    for tensor in tensors {
      require(
        tensor.shape == tensors[0].shape,
        "Tensor(stacking:): shapes \(tensors[0].shape) and \(tensor.shape); expected equal shapes")
    }
    var shape = tensors[0].shape
    let index = axis < 0 ? axis + shape.count + 1 : axis
    require(
      index >= 0 && index <= shape.count,
      "Tensor(stacking:): axis \(axis) for tensors of shape \(shape); expected "
        + "\(-shape.count - 1) ... \(shape.count)")
    shape.insert(tensors.count, at: index)
    self.init(joining: tensors, shape: shape, axis: index)
  }

  /// `Tensor(concatenating:axis:)` under NumPy's name.
  public static func concatenate(_ tensors: [Tensor], axis: Int = 0) -> Tensor {
    Tensor(concatenating: tensors, axis: axis)
  }

  /// `Tensor(stacking:axis:)` under NumPy's name.
  public static func stack(_ tensors: [Tensor], axis: Int = 0) -> Tensor {
    Tensor(stacking: tensors, axis: axis)
  }

  /// The elements moved by `shift` indices along `axis`. Elements that leave at one end enter at the other.
  public func rolled(by shift: Int, axis: Int) -> Tensor {
    let plan = AxisPlan("rolled", shape, axis)
    let x = self
    let block = plan.size * plan.inner
    let back = count == 0 ? 0 : ((-shift) % plan.size + plan.size) % plan.size
    let first = back * plan.inner
    let result =
      back == 0
      ? x.detached
      : Tensor(unsafeUninitialized: shape) { target in
        let y = target.baseAddress!
        copyRows(x.base + first, block, to: y, block, rows: plan.outer, count: block - first)
        copyRows(x.base, block, to: y + (block - first), block, rows: plan.outer, count: first)
      }
    return .record(TensorOperation.roll, inputs: [self], output: result) { dy, sink in
      sink.add(0, dy.rolled(by: -shift, axis: axis))
    }
  }

  /// The elements moved by `shift` places in row-major order; those that leave at one end enter at the
  /// other.
  public func rolled(by shift: Int) -> Tensor {
    flattened().rolled(by: shift, axis: 0).reshaped(shape)
  }
}

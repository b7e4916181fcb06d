import OutcropCore

extension Tensor {
  /// `tensors` one after another along `axis`. Traps if `tensors` is empty or the other sizes
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
    var views: [StridedView] = []
    var start = 0
    for tensor in tensors {
      var view = StridedView(shape)
      view.slice(axis, first: start, count: tensor.shape[axis])
      views.append(view)
      start += tensor.shape[axis]
    }
    let result = Tensor(unsafeUninitialized: shape) { target in
      for (tensor, view) in zip(tensors, views) where tensor.count > 0 {
        view.assign(tensor.base, to: target.baseAddress!)
      }
      withExtendedLifetime(tensors) {}
    }
    self = .record(TensorOperation.concatenate, inputs: tensors, output: result) { dy, sink in
      for (index, view) in views.enumerated() { sink.add(index, dy.elements(of: view)) }
    }
  }

  /// Tensors of one shape side by side along a new axis, which is number `axis` of the result. Traps if
  /// `tensors` is empty or the shapes differ.
  public init(stacking tensors: [Tensor], axis: Int = 0) {
    require(!tensors.isEmpty, "Tensor(stacking:): found no tensors, expected at least one")
    for tensor in tensors {
      require(
        tensor.shape == tensors[0].shape,
        "Tensor(stacking:): shapes \(tensors[0].shape) and \(tensor.shape); expected equal shapes")
    }
    self.init(
      concatenating: tensors.map { $0.unsqueezed(axis: axis) },
      axis: axis)
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
    let axis = normalizedAxis("rolled", axis)
    let size = shape[axis]
    if size == 0 { return self }
    let start = ((-shift) % size + size) % size
    if start == 0 { return self }
    return Tensor(
      concatenating: [sliced(axis: axis, start..<size), sliced(axis: axis, 0..<start)], axis: axis)
  }

  /// The elements moved by `shift` places in row-major order; those that leave at one end enter at the
  /// other.
  public func rolled(by shift: Int) -> Tensor {
    flattened().rolled(by: shift, axis: 0).reshaped(shape)
  }
}

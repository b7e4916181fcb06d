import OutcropCore

/// The value of `function` at `x`, a tensor of one element, and its gradient there, with the shape of `x`.
///
/// Leaves that `function` captures collect their gradients as in any backward pass. If the value does not
/// depend on `x`, the gradient is 0.
public func valueAndGradient<Scalar: TensorScalar>(
  of function: (Tensor<Scalar>) throws -> Tensor<Scalar>, at x: Tensor<Scalar>
) rethrows -> (value: Tensor<Scalar>, gradient: Tensor<Scalar>) {
  let (value, gradients) = try valueAndGradient(of: { try function($0[0]) }, at: [x])
  return (value, gradients[0])
}

/// The same for a function of two tensors, with a gradient for each.
public func valueAndGradient<Scalar: TensorScalar>(
  of function: (Tensor<Scalar>, Tensor<Scalar>) throws -> Tensor<Scalar>, at x: Tensor<Scalar>,
  _ y: Tensor<Scalar>
) rethrows -> (value: Tensor<Scalar>, gradient: (Tensor<Scalar>, Tensor<Scalar>)) {
  let (value, gradients) = try valueAndGradient(of: { try function($0[0], $0[1]) }, at: [x, y])
  return (value, (gradients[0], gradients[1]))
}

/// The same for a function of three tensors, with a gradient for each.
public func valueAndGradient<Scalar: TensorScalar>(
  of function: (Tensor<Scalar>, Tensor<Scalar>, Tensor<Scalar>) throws -> Tensor<Scalar>,
  at x: Tensor<Scalar>, _ y: Tensor<Scalar>, _ z: Tensor<Scalar>
) rethrows -> (value: Tensor<Scalar>, gradient: (Tensor<Scalar>, Tensor<Scalar>, Tensor<Scalar>)) {
  let (value, gradients) = try valueAndGradient(
    of: { try function($0[0], $0[1], $0[2]) }, at: [x, y, z])
  return (value, (gradients[0], gradients[1], gradients[2]))
}

/// The same for a function of a list of tensors, with a gradient for each.
public func valueAndGradient<Scalar: TensorScalar>(
  of function: ([Tensor<Scalar>]) throws -> Tensor<Scalar>, at inputs: [Tensor<Scalar>]
) rethrows -> (value: Tensor<Scalar>, gradients: [Tensor<Scalar>]) {
  let leaves = inputs.map { $0.trackingGradients() }
  let value = try Recording.with({ $0.isEnabled = true }) { try function(leaves) }
  require(
    value.count == 1,
    "gradient(of:at:): the function's value has the shape \(value.shape), expected one element; "
      + "`jacobian(of:at:)` differentiates others")
  if value.isTracked { value.backward() }
  return (value.detached, leaves.map { $0.gradient ?? .zeros($0.shape) })
}

/// The gradient of `function`, whose value has one element, at `x`; see `valueAndGradient(of:at:)`.
public func gradient<Scalar: TensorScalar>(
  of function: (Tensor<Scalar>) throws -> Tensor<Scalar>, at x: Tensor<Scalar>
) rethrows -> Tensor<Scalar> {
  try valueAndGradient(of: function, at: x).gradient
}

/// The gradients of `function` for two tensors.
public func gradient<Scalar: TensorScalar>(
  of function: (Tensor<Scalar>, Tensor<Scalar>) throws -> Tensor<Scalar>, at x: Tensor<Scalar>,
  _ y: Tensor<Scalar>
) rethrows -> (Tensor<Scalar>, Tensor<Scalar>) {
  try valueAndGradient(of: function, at: x, y).gradient
}

/// The gradients of `function` for three tensors.
public func gradient<Scalar: TensorScalar>(
  of function: (Tensor<Scalar>, Tensor<Scalar>, Tensor<Scalar>) throws -> Tensor<Scalar>,
  at x: Tensor<Scalar>, _ y: Tensor<Scalar>, _ z: Tensor<Scalar>
) rethrows -> (Tensor<Scalar>, Tensor<Scalar>, Tensor<Scalar>) {
  try valueAndGradient(of: function, at: x, y, z).gradient
}

/// The gradients of `function` for each of a list of tensors.
public func gradient<Scalar: TensorScalar>(
  of function: ([Tensor<Scalar>]) throws -> Tensor<Scalar>, at inputs: [Tensor<Scalar>]
) rethrows -> [Tensor<Scalar>] {
  try valueAndGradient(of: function, at: inputs).gradients
}

/// The derivatives of every element of `function(x)` for every element of `x`. The shape is that of the
/// value followed by that of `x`.
///
/// Each element of the value needs one call of `function` and one backward pass, because a pass consumes
/// the tape. The time is that of `value.count` gradients.
public func jacobian<Scalar: TensorScalar>(
  of function: (Tensor<Scalar>) throws -> Tensor<Scalar>, at x: Tensor<Scalar>
) rethrows -> Tensor<Scalar> {
  let shape = try withoutGradients { try function(x) }.shape
  let count = shape.product
  let result = Tensor<Scalar>.zeros(shape + x.shape)
  for row in 0..<count {
    let leaf = x.trackingGradients()
    let value = try Recording.with({ $0.isEnabled = true }) { try function(leaf) }
    require(
      value.shape == shape,
      "jacobian: the function gives a value of shape \(value.shape) where it gave \(shape)")
    guard value.isTracked else { continue }
    value.backward(
      gradient: Tensor(unsafeUninitialized: shape) { seed in
        seed.update(repeating: 0)
        seed[row] = 1
      })
    // No other tensor shares the memory of `result` yet.
    leaf.gradient?.withUnsafeBufferPointer { gradient in
      (result.storage.base + row * x.count).update(from: gradient.baseAddress!, count: x.count)
    }
  }
  return result
}

/// H v: the matrix of second derivatives of `function` at `x`, times `direction`. The value of `function` has
/// one element, and `direction` has the shape of `x`.
///
/// Computed by fourth-order differences of gradients along `direction`:
///
///     H v ≈ (8 (g(x + hv) − g(x − hv)) − (g(x + 2hv) − g(x − 2hv))) / 12h
///
/// The relative error is about 1e-10 for smooth functions. Exact second derivatives are not available,
/// because gradient rules compute with values off the tape. The function exists only for `Double`: with
/// `Float` about three digits would be correct.
public func hessianVectorProduct(
  of function: (Tensor<Double>) throws -> Tensor<Double>, at x: Tensor<Double>,
  direction: Tensor<Double>
) rethrows -> Tensor<Double> {
  require(
    direction.shape == x.shape,
    "hessianVectorProduct: a direction of shape \(direction.shape) for x of shape \(x.shape)")
  let v = direction.detached
  let length = (v * v).sum().scalar.squareRoot()
  if length == 0 { return .zeros(x.shape) }
  let size = Swift.max(1, (x.detached * x.detached).sum().scalar.squareRoot())
  let step = 1e-3 * size / length
  func at(_ offset: Double) throws -> Tensor<Double> {
    try gradient(of: function, at: x.detached + v * (offset * step))
  }
  let near = try at(1) - at(-1)
  let far = try at(2) - at(-2)
  return (near * 8 - far) / (12 * step)
}

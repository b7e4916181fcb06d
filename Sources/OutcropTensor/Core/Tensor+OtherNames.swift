// Names of PyTorch, NumPy and other Swift libraries that a newcomer tries first. They cannot be used: the
// compiler answers with the name of this library and offers to put it in place. Docs/Operations.md lists all.

import OutcropCore

extension Tensor {
  @available(*, unavailable, renamed: "reshaped(_:)")
  public func reshape(_ shape: [Int]) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "reshaped(_:)")
  public func reshape(to shape: [Int]) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "reshaped(_:)")
  public func reshaped(to shape: [Int]) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "reshaped(_:)")
  public func view(_ shape: [Int]) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "flattened()")
  public func flatten() -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "squeezed()")
  public func squeeze() -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "unsqueezed(axis:)")
  public func unsqueeze(_ axis: Int) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "unsqueezed(axis:)")
  public func expandingShape(at axis: Int) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "broadcast(to:)")
  public func expand(_ shape: [Int]) -> Tensor { fatalError() }
  @available(*, unavailable, message: "write transposed(), which exchanges the last two axes")
  public var T: Tensor { fatalError() }
  @available(*, unavailable, renamed: "transposed()")
  public func transpose() -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "swappedAxes(_:_:)")
  public func transpose(_ first: Int, _ second: Int) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "permuted(_:)")
  public func permute(_ axes: [Int]) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "concatenate(_:axis:)")
  public static func cat(_ tensors: [Tensor], axis: Int = 0) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "chunked(into:axis:)")
  public func chunk(_ count: Int, axis: Int = 0) -> [Tensor] { fatalError() }
  @available(*, unavailable, renamed: "flipped(axis:)")
  public func flip(axis: Int) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "rolled(by:axis:)")
  public func roll(_ shift: Int, axis: Int) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "gathered(axis:_:)")
  public func gather(axis: Int, _ indices: Tensor<some TensorInteger>) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "lowerTriangle(diagonal:)")
  public func tril(_ diagonal: Int = 0) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "upperTriangle(diagonal:)")
  public func triu(_ diagonal: Int = 0) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "scalar")
  public func item() -> Scalar { fatalError() }
  @available(*, unavailable, renamed: "values")
  public var array: [Scalar] { fatalError() }
}

extension Tensor where Scalar: TensorScalar {
  @available(*, unavailable, renamed: "standardDeviation(axis:correction:keepingAxis:)")
  public func std(axis: Int) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "standardDeviation(correction:)")
  public func std() -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "variance(axis:correction:keepingAxis:)")
  public func `var`(axis: Int) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "cumulativeSum(axis:)")
  public func cumsum(axis: Int) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "cumulativeProduct(axis:)")
  public func cumprod(axis: Int) -> Tensor { fatalError() }
  @available(*, unavailable, message: "write clamped(to: low...high)")
  public func clip(_ low: Scalar, _ high: Scalar) -> Tensor { fatalError() }
  @available(*, unavailable, message: "write clamped(to: low...high)")
  public func clamp(_ low: Scalar, _ high: Scalar) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "determinant()")
  public func det() throws -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "trackingGradients()")
  public func requiresGrad() -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "gradient")
  public var grad: Tensor? { fatalError() }
  @available(*, unavailable, renamed: "detached")
  public func detach() -> Tensor { fatalError() }
  @available(*, unavailable, message: "write x .> y for a tensor of Bool")
  public static func > (x: Tensor, y: Tensor) -> Tensor<Bool> { fatalError() }
  @available(*, unavailable, message: "write x .< y for a tensor of Bool")
  public static func < (x: Tensor, y: Tensor) -> Tensor<Bool> { fatalError() }
}

extension Tensor where Scalar: TensorScalar {
  @available(*, unavailable, renamed: "normal(_:using:)")
  public static func randn(_ shape: [Int], using generator: inout RandomGenerator) -> Tensor {
    fatalError()
  }
  @available(*, unavailable, renamed: "uniform(_:using:)")
  public static func rand(_ shape: [Int], using generator: inout RandomGenerator) -> Tensor {
    fatalError()
  }
  @available(*, unavailable, renamed: "uniform(_:using:)")
  public static func random(_ shape: [Int], using generator: inout RandomGenerator) -> Tensor {
    fatalError()
  }
}

import OutcropCore
import OutcropTensor

/// A convolution over two axes, [N, C, H, W] → [N, O, H′, W′], with `weight` [O, C / groups, kH, kW] and,
/// optionally, `bias` [O], initialized as `torch.nn.Conv2d` initializes them; see `Tensor.convolution2D`.
public final class Convolution2DLayer<Scalar: TensorScalar>: Layer {
  public let weight: Parameter<Scalar>
  public let bias: Parameter<Scalar>?
  /// Rows and columns from one window to the next.
  public let stride: (Int, Int)
  /// Rows and columns of zeros on every side.
  public let padding: (Int, Int)
  /// Rows and columns from one element of a window to the next.
  public let dilation: (Int, Int)
  /// The number of groups into which the channels are cut.
  public let groups: Int

  /// Traps unless `groups` divides both numbers of channels.
  ///
  /// - Parameters:
  ///   - inputs: the channels C of the input.
  ///   - outputs: the channels O of the result.
  ///   - kernel: the height and width of a window.
  ///   - stride: rows and columns from one window to the next.
  ///   - padding: rows and columns of zeros on every side.
  ///   - dilation: rows and columns from one element of a window to the next.
  ///   - groups: the number of groups into which the channels are cut.
  ///   - hasBias: whether each channel of the result has its own bias.
  ///   - generator: draws the weight and the bias, uniform in ±1/√(C / groups · kH · kW).
  public init(
    in inputs: Int, out outputs: Int, kernel: (Int, Int), stride: (Int, Int) = (1, 1),
    padding: (Int, Int) = (0, 0), dilation: (Int, Int) = (1, 1), groups: Int = 1,
    hasBias: Bool = true, using generator: inout RandomGenerator
  ) {
    (weight, bias) = convolutionParameters(
      "Convolution2DLayer", inputs, outputs, [kernel.0, kernel.1], groups, hasBias, &generator)
    (self.stride, self.padding, self.dilation) = (stride, padding, dilation)
    self.groups = groups
  }

  /// As the initializer with pairs, with one number for both axes.
  public convenience init(
    in inputs: Int, out outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
    dilation: Int = 1, groups: Int = 1, hasBias: Bool = true, using generator: inout RandomGenerator
  ) {
    self.init(
      in: inputs, out: outputs, kernel: (kernel, kernel), stride: (stride, stride),
      padding: (padding, padding), dilation: (dilation, dilation), groups: groups, hasBias: hasBias,
      using: &generator)
  }

  public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    x.convolution2D(
      weight: weight.value, bias: bias?.value, stride: stride, padding: padding,
      dilation: dilation, groups: groups)
  }
}

/// A convolution over one axis, [N, C, L] → [N, O, L′], with `weight` [O, C / groups, K] and, optionally, `bias`
/// [O], initialized as `torch.nn.Conv1d` initializes them; see `Tensor.convolution1D`.
public final class Convolution1DLayer<Scalar: TensorScalar>: Layer {
  public let weight: Parameter<Scalar>
  public let bias: Parameter<Scalar>?
  /// Elements from one window to the next.
  public let stride: Int
  /// Zeros on both sides.
  public let padding: Int
  /// Elements of the input from one element of a window to the next.
  public let dilation: Int
  /// The number of groups into which the channels are cut.
  public let groups: Int

  /// Traps unless `groups` divides both numbers of channels.
  ///
  /// - Parameters:
  ///   - inputs: the channels C of the input.
  ///   - outputs: the channels O of the result.
  ///   - kernel: the length K of a window.
  ///   - stride: elements from one window to the next.
  ///   - padding: zeros on both sides.
  ///   - dilation: elements of the input from one element of a window to the next.
  ///   - groups: the number of groups into which the channels are cut.
  ///   - hasBias: whether each channel of the result has its own bias.
  ///   - generator: draws the weight and the bias, uniform in ±1/√(C / groups · K).
  public init(
    in inputs: Int, out outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
    dilation: Int = 1, groups: Int = 1, hasBias: Bool = true, using generator: inout RandomGenerator
  ) {
    (weight, bias) = convolutionParameters(
      "Convolution1DLayer", inputs, outputs, [kernel], groups, hasBias, &generator)
    (self.stride, self.padding, self.dilation) = (stride, padding, dilation)
    self.groups = groups
  }

  public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    x.convolution1D(
      weight: weight.value, bias: bias?.value, stride: stride, padding: padding,
      dilation: dilation, groups: groups)
  }
}

private func convolutionParameters<Scalar: TensorScalar>(
  _ layer: String, _ inputs: Int, _ outputs: Int, _ kernel: [Int], _ groups: Int, _ hasBias: Bool,
  _ generator: inout RandomGenerator
) -> (weight: Parameter<Scalar>, bias: Parameter<Scalar>?) {
  require(
    groups > 0 && inputs % groups == 0 && outputs % groups == 0,
    "\(layer): \(groups) groups do not divide \(inputs) and \(outputs) channels")
  let shape = [outputs, inputs / groups] + kernel
  let bound = 1 / Double(max(1, shape[1...].reduce(1, *))).squareRoot()
  let weight = Parameter(Tensor<Scalar>.uniform(shape, low: -bound, high: bound, using: &generator))
  let bias =
    hasBias
    ? Parameter(Tensor<Scalar>.uniform([outputs], low: -bound, high: bound, using: &generator))
    : nil
  return (weight, bias)
}

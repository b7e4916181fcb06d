import OutcropCore
import OutcropTensor

/// A module that maps one tensor to one tensor, so that it can be part of a `Sequential`.
public protocol Layer<Scalar>: Module {
  /// The result for `x`.
  func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar>
}

extension Layer {
  /// The result for `x`, without saving tensors for the gradient: the backward pass runs the layer again (see
  /// `Tensor.recomputing(_:_:)`). Dropout draws the same numbers again, and running statistics are updated
  /// once.
  public func recomputing(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    let randomModules = modules.compactMap { $0.module as? any RandomModule }
    let starts = randomModules.map(\.generator)
    let state = state
    var isFirst = true
    return Tensor.recomputing(x) { [self] x in
      if isFirst {
        isFirst = false
        return self(x)
      }
      let generators = randomModules.map(\.generator)
      let restore = state.compactMap(\.content.restoration)
      for (module, start) in zip(randomModules, starts) { module.generator = start }
      defer {
        for (module, generator) in zip(randomModules, generators) { module.generator = generator }
        for action in restore { action() }
      }
      return self(x)
    }
  }
}

extension StateEntry.Content {
  /// A closure that restores the current value of a statistic or counter.
  fileprivate var restoration: (() -> Void)? {
    switch self {
    case .parameter: return nil
    case .statistic(let statistic):
      let value = statistic.value
      return { statistic.value = value }
    case .counter(let counter):
      let value = counter.value
      return { counter.value = value }
    }
  }
}

/// Layers one after another. Their names are numbers, as in `torch.nn.Sequential`: `0.weight`.
///
///     let model = Sequential<Float>(
///       LinearLayer(in: 2, out: 32, using: &generator), ActivationLayer { $0.relu() },
///       LinearLayer(in: 32, out: 1, using: &generator))
public final class Sequential<Scalar: TensorScalar>: Layer {
  /// The layers in their order.
  public let layers: [any Layer<Scalar>]

  /// The given layers.
  public init(_ layers: [any Layer<Scalar>]) { self.layers = layers }

  /// The given layers.
  public convenience init(_ layers: any Layer<Scalar>...) { self.init(layers) }

  public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    layers.reduce(x) { $1($0) }
  }

  public func stateName(of property: String) -> String { "" }
}

/// A function as a layer, such as an activation. It has no parameters.
public final class ActivationLayer<Scalar: TensorScalar>: Layer {
  private let function: (Tensor<Scalar>) -> Tensor<Scalar>

  /// The layer that applies `function`.
  public init(_ function: @escaping (Tensor<Scalar>) -> Tensor<Scalar>) {
    self.function = function
  }

  public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> { function(x) }
}

/// Sets elements to 0 at random in training mode, see `Tensor.dropout`. In evaluation mode it changes
/// nothing.
public final class DropoutLayer<Scalar: TensorScalar>: Layer, ModeSensitive, RandomModule {
  /// The probability of a 0.
  public let probability: Double
  public var isTraining = true
  public var generator: RandomGenerator

  /// Traps unless 0 ≤ probability < 1. `generator` draws the seed of the layer's own generator.
  public init(_ probability: Double, using generator: inout RandomGenerator) {
    require(
      (0..<1).contains(probability),
      "DropoutLayer: the probability is \(probability), expected 0 ..< 1")
    self.probability = probability
    self.generator = RandomGenerator(seed: generator.next())
  }

  public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    x.dropout(probability: probability, isTraining: isTraining, using: &generator)
  }
}

// Other names of layers, as in PyTorch.

/// The name of `LinearLayer` in PyTorch.
public typealias Linear = LinearLayer
/// The name of `EmbeddingLayer` in PyTorch.
public typealias Embedding = EmbeddingLayer
/// The name of `LayerNormLayer` in PyTorch.
public typealias LayerNorm = LayerNormLayer
/// The name of `BatchNormLayer` in PyTorch.
public typealias BatchNorm = BatchNormLayer
/// The name of `DropoutLayer` in PyTorch.
public typealias Dropout = DropoutLayer
/// The name of `GroupNormLayer` in PyTorch.
public typealias GroupNorm = GroupNormLayer
/// The name of `RMSNormLayer` in PyTorch.
public typealias RMSNorm = RMSNormLayer
/// The name of `Convolution1DLayer` in PyTorch.
public typealias Conv1d = Convolution1DLayer
/// The name of `Convolution2DLayer` in PyTorch.
public typealias Conv2d = Convolution2DLayer

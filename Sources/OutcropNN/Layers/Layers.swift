import OutcropCore
import OutcropTensor

/// A linear map y = x Wᵀ + b with `weight` [out, in] and, optionally, `bias` [out], with the initial
/// values of `torch.nn.Linear`.
public final class LinearLayer<Scalar: TensorScalar>: Layer {
  /// W, [out, in].
  public let weight: Parameter<Scalar>
  /// b, [out]; nil if there is none.
  public let bias: Parameter<Scalar>?

  /// A layer with random parameters.
  public init(
    in inputs: Int, out outputs: Int, hasBias: Bool = true,
    using generator: inout RandomGenerator
  ) {
    weight = Parameter(.linearWeight(out: outputs, in: inputs, using: &generator))
    bias = hasBias ? Parameter(.linearBias(out: outputs, in: inputs, using: &generator)) : nil
  }

  /// x [..., in] → [..., out].
  public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    x.linear(weight: weight.value, bias: bias?.value)
  }

  /// x [..., in] → [..., out], with an activation in the same pass.
  public func callAsFunction(
    _ x: Tensor<Scalar>, activation: LinearActivation
  ) -> Tensor<Scalar> {
    x.linear(weight: weight.value, bias: bias?.value, activation: activation)
  }

  /// The weight and the bias of a layer that has both; traps without a bias.
  package var tensors: (weight: Tensor<Scalar>, bias: Tensor<Scalar>) {
    (weight.value, bias!.value)
  }

  public var state: [StateEntry<Scalar>] {
    [StateEntry(name: "weight", content: .parameter(weight))]
      + (bias.map { [StateEntry(name: "bias", content: .parameter($0))] } ?? [])
  }
}

/// A table of vectors, one for each category: `weight` [count, width], drawn from N(0, 1).
public final class EmbeddingLayer<Scalar: TensorScalar>: Module {
  /// The table, [count, width].
  public let weight: Parameter<Scalar>

  /// A random table.
  public init(count: Int, width: Int, using generator: inout RandomGenerator) {
    weight = Parameter(.embeddingTable(count: count, width: width, using: &generator))
  }

  /// The rows `categories` of the table; traps for a category outside the table.
  public func callAsFunction(_ categories: [Int32]) -> Tensor<Scalar> {
    weight.value.gathered(rows: RowIndex(categories, rowCount: weight.shape[0]))
  }

  public var state: [StateEntry<Scalar>] {
    [StateEntry(name: "weight", content: .parameter(weight))]
  }
}

/// Batch normalization over all rows. The running statistics have momentum 0.1 and the unbiased
/// variance.
public final class BatchNormLayer<Scalar: TensorScalar>: Layer, ModeSensitive {
  /// The factor of each column, [width].
  public let weight: Parameter<Scalar>
  /// The offset of each column, [width].
  public let bias: Parameter<Scalar>
  /// The running mean of each column, [width].
  public let runningMean: Statistic<Scalar>
  /// The running variance of each column, [width].
  public let runningVariance: Statistic<Scalar>
  /// The number of batches that updated the running statistics.
  public let batchCount = Counter()
  /// The number that is added to the variance.
  public let epsilon = 1e-5
  /// The weight of a new batch in the running statistics.
  public let momentum = 0.1
  public var isTraining = true

  /// A layer for rows of `width` numbers with weight 1, bias 0, running mean 0 and running variance 1.
  public init(width: Int) {
    weight = Parameter(.ones([width]))
    bias = Parameter(.zeros([width]))
    runningMean = Statistic(.zeros([width]))
    runningVariance = Statistic(.ones([width]))
  }

  /// Normalizes x in the current mode, see `train(_:)`.
  public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    self(x, isTraining: isTraining)
  }

  /// Normalizes x + residual in the given mode. Training uses the batch's statistics and
  /// updates the running statistics; evaluation uses the running statistics. A training batch without
  /// rows updates nothing. In a sharded training with exact moments, the batch's statistics are those over all
  /// shards.
  public func callAsFunction(
    _ x: Tensor<Scalar>, residual: Tensor<Scalar>? = nil, isTraining: Bool
  ) -> Tensor<Scalar> {
    let exchange = ShardedBatch.exchange
    guard isTraining, x.count > 0 || exchange != nil else {
      return x.batchNorm(
        weight: weight.value, bias: bias.value, residual: residual, mean: runningMean.value,
        variance: runningVariance.value, epsilon: epsilon)
    }
    let (output, moments) = x.batchNorm(
      weight: weight.value, bias: bias.value, residual: residual, epsilon: epsilon,
      over: exchange)
    updateRunningStatistics(moments)
    return output
  }

  /// Moves the running statistics toward those of one batch, if it has rows.
  package func updateRunningStatistics(_ moments: BatchMoments) {
    if moments.count == 0 { return }
    let correction = Double(moments.count) / Double(max(1, moments.count - 1))
    move(runningMean, toward: moments.mean, times: 1)
    move(runningVariance, toward: moments.biasedVariance, times: correction)
    batchCount.value += 1
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func move(_ statistic: Statistic<Scalar>, toward new: [Double], times factor: Double) {
    let old = statistic.value
    statistic.value = Tensor(unsafeUninitialized: old.shape) { target in
      for index in new.indices {
        target[index] = Scalar(
          (1 - momentum) * Double(old.base[index]) + momentum * (new[index] * factor))
      }
    }
  }

  package var tensors: (weight: Tensor<Scalar>, bias: Tensor<Scalar>) { (weight.value, bias.value) }

  package var runningMoments: (mean: [Double], variance: [Double]) {
    (runningMean.value.doubles(), runningVariance.value.doubles())
  }

  public var state: [StateEntry<Scalar>] {
    [
      StateEntry(name: "weight", content: .parameter(weight)),
      StateEntry(name: "bias", content: .parameter(bias)),
      StateEntry(name: "running_mean", content: .statistic(runningMean)),
      StateEntry(name: "running_var", content: .statistic(runningVariance)),
      StateEntry(name: "num_batches_tracked", content: .counter(batchCount)),
    ]
  }
}

/// Layer normalization over each row.
public final class LayerNormLayer<Scalar: TensorScalar>: Layer {
  /// The factor of each column, [width].
  public let weight: Parameter<Scalar>
  /// The offset of each column, [width].
  public let bias: Parameter<Scalar>
  /// The number that is added to the variance.
  public let epsilon: Double

  /// A layer for rows of `width` numbers with weight 1 and bias 0.
  public init(width: Int, epsilon: Double = 1e-5) {
    weight = Parameter(.ones([width]))
    bias = Parameter(.zeros([width]))
    self.epsilon = epsilon
  }

  public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> { self(x, residual: nil) }

  /// Normalizes each row of x + residual.
  public func callAsFunction(
    _ x: Tensor<Scalar>, residual: Tensor<Scalar>?
  ) -> Tensor<Scalar> {
    x.layerNorm(weight: weight.value, bias: bias.value, residual: residual, epsilon: epsilon)
  }

  public var state: [StateEntry<Scalar>] {
    [
      StateEntry(name: "weight", content: .parameter(weight)),
      StateEntry(name: "bias", content: .parameter(bias)),
    ]
  }
}

/// The perceptron of a readout: D → D/2 → D/4 → outputs with ReLU between the layers (published as
/// `MLP_layer`).
public final class MLPReadout<Scalar: TensorScalar>: Layer {
  /// The linear layers.
  public let layers: [LinearLayer<Scalar>]

  /// A readout with random parameters. `depth` is the number of layers that halve the width.
  public init(width: Int, outputs: Int, depth: Int = 2, using generator: inout RandomGenerator) {
    var layers: [LinearLayer<Scalar>] = []
    for index in 0..<depth {
      layers.append(
        LinearLayer(in: width >> index, out: width >> (index + 1), using: &generator))
    }
    layers.append(LinearLayer(in: width >> depth, out: outputs, using: &generator))
    self.layers = layers
  }

  public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    layers.enumerated().reduce(x) { x, layer in
      layer.element(x, activation: layer.offset + 1 < layers.count ? .relu : .identity)
    }
  }

  public var state: [StateEntry<Scalar>] {
    layers.enumerated().flatMap { $1.state(in: "FC_layers.\($0)") }
  }
}

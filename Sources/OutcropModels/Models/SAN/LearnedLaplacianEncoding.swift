import OutcropCore
import OutcropGraph
import OutcropNN
import OutcropTensor

/// The settings of SAN's learned encoding of nodes, with the published fields (`LPE_…`, `m`).
public struct LearnedLaplacianConfiguration: GraphPreparation, Equatable {
  /// The part of a node vector's width that the encoding uses.
  public var width = 8
  /// The number of attention heads.
  public var headCount = 4
  /// The number of layers.
  public var layerCount = 1
  /// m, the number of eigenpairs of each graph.
  public var eigenvectorCount = 10
  /// The width inside the feed-forward networks.
  public var feedForwardWidth = 2048
  /// The probability of dropout. The released programs always use 0.1, regardless of the configuration.
  public var dropout = 0.0

  /// The published settings.
  public init() {}

  /// The published fields.
  private static let fields: [ConfigurationField<LearnedLaplacianConfiguration>] = [
    .integer("LPE_layers", \.layerCount, in: 1...100, help: "layers of the encoding"),
    .integer("LPE_dim", \.width, in: 1...16384, help: "the encoding's part of a node's width"),
    .integer("LPE_n_heads", \.headCount, in: 1...1024, help: "attention heads of the encoding"),
    .integer("m", \.eigenvectorCount, in: 1...1024, help: "eigenvectors of a graph"),
    .integer("LPE_ff_dim", \.feedForwardWidth, in: 1...65536, help: "the width inside layers"),
    .number("LPE_dropout", \.dropout, in: 0...0.999, help: "dropout in the encoding"),
  ]

  /// nil if the fields do not enable the encoding. Throws `InputError`.
  init?(_ fields: inout ConfigurationFields, width hiddenWidth: Int) throws {
    enum Place: String, CaseIterable { case none, node }
    let place = try fields.choice("LPE", default: Place.none)
    try Self.fields.read(&fields, into: &self)
    if place == .none { return nil }
    if width % headCount != 0 {
      throw fields.error("LPE_dim", expected: "a multiple of LPE_n_heads (\(headCount))")
    }
    if width >= hiddenWidth {
      throw fields.error("LPE_dim", expected: "less than the hidden width (\(hiddenWidth))")
    }
  }

  var fields: [String: JSONValue] {
    Self.fields.written(self).merging(["LPE": .string("node")]) { $1 }
  }

  public func prepare(_ dataset: GraphDataset) throws -> GraphDataset {
    try dataset.addingLaplacianSpectrum(count: eigenvectorCount)
  }

  public func problem(with batch: GraphBatch) -> String? {
    let columns = batch.attributes[.laplacianSpectrum]?.columns ?? 0
    return columns == 2 * eigenvectorCount
      ? nil
      : "\(columns / 2) eigenvectors with eigenvalues (the model takes \(eigenvectorCount))"
  }
}

/// SAN's learned encoding: each node's sequence of (eigenvector entry, eigenvalue) pairs goes through a
/// small transformer and is summed (Kreuzer et al. 2021, section 3.3). Pairs that a small graph does not
/// have are left out. In training each eigenvector's sign is drawn once per batch.
public final class LearnedLaplacianEncoding<Scalar: TensorScalar>: PositionalEmbedding {
  /// The settings.
  public let configuration: LearnedLaplacianConfiguration
  private let input: LinearLayer<Scalar>
  private let layers: [SequenceLayer<Scalar>]

  /// An encoding with random weights.
  public init(
    _ configuration: LearnedLaplacianConfiguration, using generator: inout RandomGenerator
  ) {
    self.configuration = configuration
    input = LinearLayer(in: 2, out: configuration.width, using: &generator)
    var layers: [SequenceLayer<Scalar>] = []
    for _ in 0..<configuration.layerCount {
      layers.append(SequenceLayer(configuration, using: &generator))
    }
    self.layers = layers
  }

  /// The nodes' vectors concatenated with the encoding.
  public func callAsFunction(
    _ nodes: Tensor<Scalar>, _ batch: GraphBatch, _ context: ForwardContext
  ) -> Tensor<Scalar> {
    Tensor(concatenating: [nodes, encoding(batch, context)], axis: 1)
  }

  /// [nodes, width]
  private func encoding(_ batch: GraphBatch, _ context: ForwardContext) -> Tensor<Scalar> {
    let (N, m) = (batch.nodeCount, configuration.eigenvectorCount)
    guard let spectrum = batch.attributes[.laplacianSpectrum], spectrum.columns == 2 * m else {
      fatalError("LearnedLaplacianEncoding: \(configuration.problem(with: batch) ?? "")")
    }
    let flips = context.isTraining && context.flipsEncodingSigns
    let signs: [Scalar] = flips ? context.randomSigns(m) : Array(repeating: 1, count: m)
    var pairs = [Scalar](repeating: 0, count: N * m * 2)
    var present = [Scalar](repeating: 0, count: N * m)
    for node in 0..<N {
      for column in 0..<m {
        let (entry, value) = (spectrum[node, column], spectrum[node, m + column])
        if entry.isNaN || value.isNaN { continue }
        let place = node * m + column
        pairs[2 * place] = Scalar(entry) * signs[column]
        pairs[2 * place + 1] = Scalar(value)
        present[place] = 1
      }
    }
    let mask = Tensor(present, shape: [N, 1, 1, m])
    var x = input(Tensor(pairs, shape: [N * m, 2]))
    for layer in layers { x = layer(x, mask, context) }
    return (x.reshaped([N, m, configuration.width]) * mask.reshaped([N, m, 1])).sum(axes: [1])
  }

  public var state: [StateEntry<Scalar>] {
    input.state(in: "linear_A")
      + layers.enumerated().flatMap { $1.state(in: "PE_Transformer.layers.\($0)") }
  }
}

/// One encoder layer over sequences, as in `torch.nn.TransformerEncoderLayer`: attention,
/// residual, LayerNorm; ReLU network, residual, LayerNorm.
final class SequenceLayer<Scalar: TensorScalar>: Module {
  private let configuration: LearnedLaplacianConfiguration
  private let attention, projection, first, second: LinearLayer<Scalar>
  private let norm1, norm2: LayerNormLayer<Scalar>

  init(_ configuration: LearnedLaplacianConfiguration, using generator: inout RandomGenerator) {
    self.configuration = configuration
    let width = configuration.width
    attention = LinearLayer(in: width, out: 3 * width, using: &generator)
    projection = LinearLayer(in: width, out: width, using: &generator)
    first = LinearLayer(in: width, out: configuration.feedForwardWidth, using: &generator)
    second = LinearLayer(in: configuration.feedForwardWidth, out: width, using: &generator)
    norm1 = LayerNormLayer(width: width)
    norm2 = LayerNormLayer(width: width)
  }

  /// x [sequences · length, width], mask [sequences, 1, 1, length].
  func callAsFunction(
    _ x: Tensor<Scalar>, _ mask: Tensor<Scalar>, _ context: ForwardContext
  ) -> Tensor<Scalar> {
    let (count, length, width) = (mask.shape[0], mask.shape[3], configuration.width)
    let depth = width / configuration.headCount
    let parts = attention(x).reshaped([count, length, 3, configuration.headCount, depth])
      .transposed([2, 0, 3, 1, 4])
    func part(_ number: Int) -> Tensor<Scalar> {
      parts.sliced(axis: 0, number..<number + 1)
        .reshaped([count, configuration.headCount, length, depth])
    }
    let attended = Tensor.denseAttention(query: part(0), key: part(1), value: part(2), mask: mask)
      .transposed([0, 2, 1, 3]).reshaped([count * length, width])
    let middle = norm1(context.dropout(projection(attended), configuration.dropout), residual: x)
    let hidden = context.dropout(first(middle, activation: .relu), configuration.dropout)
    return norm2(context.dropout(second(hidden), configuration.dropout), residual: middle)
  }

  var state: [StateEntry<Scalar>] {
    [
      StateEntry(name: "self_attn.in_proj_weight", content: .parameter(attention.weight)),
      StateEntry(name: "self_attn.in_proj_bias", content: .parameter(attention.bias!)),
    ] + projection.state(in: "self_attn.out_proj") + first.state(in: "linear1")
      + second.state(in: "linear2") + norm1.state(in: "norm1") + norm2.state(in: "norm2")
  }
}

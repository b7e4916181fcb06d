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
  private let layers: [TransformerEncoderLayer<Scalar>]

  /// An encoding with random weights.
  public init(
    _ configuration: LearnedLaplacianConfiguration, using generator: inout RandomGenerator
  ) {
    self.configuration = configuration
    input = LinearLayer(in: 2, out: configuration.width, using: &generator)
    var layers: [TransformerEncoderLayer<Scalar>] = []
    for _ in 0..<configuration.layerCount {
      // The dropout is that of the pass, whose random numbers depend on the batch's shard.
      layers.append(
        TransformerEncoderLayer(
          width: configuration.width, heads: configuration.headCount,
          feedForwardWidth: configuration.feedForwardWidth, dropout: 0, using: &generator))
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
    let mask = Tensor(present, shape: [N, m])
    func drop(_ x: Tensor<Scalar>) -> Tensor<Scalar> { context.dropout(x, configuration.dropout) }
    var x = input(Tensor(pairs, shape: [N, m, 2]))
    for layer in layers { x = layer(x, keyMask: mask, dropouts: (drop, drop, drop)) }
    return (x * mask.reshaped([N, m, 1])).sum(axes: [1])
  }

  public var state: [StateEntry<Scalar>] {
    input.state(in: "linear_A")
      + layers.enumerated().flatMap { $1.state(in: "PE_Transformer.layers.\($0)") }
  }
}

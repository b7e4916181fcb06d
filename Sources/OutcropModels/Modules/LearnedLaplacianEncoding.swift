import OutcropCore
import OutcropGraph
import OutcropNN
import OutcropTensor

/// The shape of SAN's learned encoding of nodes, as the published fields (`LPE_…`, `m`) describe it.
public struct LearnedLaplacianEncodingShape: Sendable, Equatable {
  /// The width that the encoding takes of a node's vector.
  public var width = 8
  public var headCount = 4
  public var layerCount = 1
  /// m, the eigenpairs of each graph.
  public var eigenvectorCount = 10
  public var feedForwardWidth = 2048
  /// The released programs use 0.1 here whatever the configuration says.
  public var dropout = 0.0

  public init() {}

  /// nil when the fields ask for no encoding. Throws `InputError`.
  init?(_ fields: inout ConfigurationFields, width hiddenWidth: Int) throws {
    enum Place: String, CaseIterable { case none, node }
    let place = try fields.choice("LPE", default: Place.none)
    layerCount = try fields.integer("LPE_layers", default: 1, in: 1...100)
    width = try fields.integer("LPE_dim", default: 8, in: 1...16384)
    headCount = try fields.integer("LPE_n_heads", default: 4, in: 1...1024)
    eigenvectorCount = try fields.integer("m", default: 10, in: 1...1024)
    feedForwardWidth = try fields.integer("LPE_ff_dim", default: 2048, in: 1...65536)
    dropout = try fields.number("LPE_dropout", default: 0, in: 0...0.999)
    if place == .none { return nil }
    if width % headCount != 0 {
      throw fields.error("LPE_dim", expected: "a multiple of LPE_n_heads (\(headCount))")
    }
    if width >= hiddenWidth {
      throw fields.error("LPE_dim", expected: "less than the hidden width (\(hiddenWidth))")
    }
  }

  var fields: [String: JSONValue] {
    [
      "LPE": .string("node"), "LPE_layers": .number(Double(layerCount)),
      "LPE_dim": .number(Double(width)), "LPE_n_heads": .number(Double(headCount)),
      "m": .number(Double(eigenvectorCount)), "LPE_ff_dim": .number(Double(feedForwardWidth)),
      "LPE_dropout": .number(dropout),
    ]
  }

  func problem(with batch: GraphBatch) -> String? {
    let columns = batch.laplacianSpectrum?.columns ?? 0
    return columns == 2 * eigenvectorCount
      ? nil
      : "\(columns / 2) eigenvectors with eigenvalues where the model takes \(eigenvectorCount)"
  }
}

/// SAN's learned encoding: each node's sequence of (eigenvector entry, eigenvalue) pairs goes through a
/// small transformer and is summed (Kreuzer et al. 2021, section 3.3). Pairs that a small graph does not
/// have are left out. In training each eigenvector's sign is drawn once a batch.
public final class LearnedLaplacianEncoding<Scalar: TensorScalar>: Module {
  public let shape: LearnedLaplacianEncodingShape
  private let input: LinearLayer<Scalar>
  private let layers: [SequenceLayer<Scalar>]

  public init(_ shape: LearnedLaplacianEncodingShape, using generator: inout RandomGenerator) {
    self.shape = shape
    input = LinearLayer(in: 2, out: shape.width, using: &generator)
    var layers: [SequenceLayer<Scalar>] = []
    for _ in 0..<shape.layerCount { layers.append(SequenceLayer(shape, using: &generator)) }
    self.layers = layers
  }

  /// [nodes, width]
  public func callAsFunction(_ batch: GraphBatch, _ context: ForwardContext) -> Tensor<Scalar> {
    let (N, m) = (batch.nodeCount, shape.eigenvectorCount)
    let spectrum = batch.laplacianSpectrum!
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
    return (x.reshaped([N, m, shape.width]) * mask.reshaped([N, m, 1])).sum(axes: [1])
  }

  public var state: [StateEntry<Scalar>] {
    input.state(in: "linear_A")
      + layers.enumerated().flatMap { $1.state(in: "PE_Transformer.layers.\($0)") }
  }
}

/// One encoder layer over sequences, as `torch.nn.TransformerEncoderLayer` computes it: attention,
/// residual, LayerNorm; ReLU network, residual, LayerNorm.
final class SequenceLayer<Scalar: TensorScalar>: Module {
  private let shape: LearnedLaplacianEncodingShape
  private let attention, projection, first, second: LinearLayer<Scalar>
  private let norm1, norm2: LayerNormLayer<Scalar>

  init(_ shape: LearnedLaplacianEncodingShape, using generator: inout RandomGenerator) {
    self.shape = shape
    let width = shape.width
    attention = LinearLayer(in: width, out: 3 * width, using: &generator)
    projection = LinearLayer(in: width, out: width, using: &generator)
    first = LinearLayer(in: width, out: shape.feedForwardWidth, using: &generator)
    second = LinearLayer(in: shape.feedForwardWidth, out: width, using: &generator)
    norm1 = LayerNormLayer(width: width)
    norm2 = LayerNormLayer(width: width)
  }

  /// x [sequences · length, width], mask [sequences, 1, 1, length].
  func callAsFunction(
    _ x: Tensor<Scalar>, _ mask: Tensor<Scalar>, _ context: ForwardContext
  ) -> Tensor<Scalar> {
    let (count, length, width) = (mask.shape[0], mask.shape[3], shape.width)
    let depth = width / shape.headCount
    let parts = attention(x).reshaped([count, length, 3, shape.headCount, depth])
      .transposed([2, 0, 3, 1, 4])
    func part(_ number: Int) -> Tensor<Scalar> {
      parts.sliced(axis: 0, number..<number + 1)
        .reshaped([count, shape.headCount, length, depth])
    }
    let attended = Tensor.denseAttention(query: part(0), key: part(1), value: part(2), mask: mask)
      .transposed([0, 2, 1, 3]).reshaped([count * length, width])
    let middle = norm1(context.dropout(projection(attended), shape.dropout), residual: x)
    let hidden = context.dropout(first(middle, activation: .relu), shape.dropout)
    return norm2(context.dropout(second(hidden), shape.dropout), residual: middle)
  }

  var state: [StateEntry<Scalar>] {
    [
      StateEntry(name: "self_attn.in_proj_weight", content: .parameter(attention.weight)),
      StateEntry(name: "self_attn.in_proj_bias", content: .parameter(attention.bias!)),
    ] + projection.state(in: "self_attn.out_proj") + first.state(in: "linear1")
      + second.state(in: "linear2") + norm1.state(in: "norm1") + norm2.state(in: "norm2")
  }
}

import OutcropCore
import OutcropGraph
import OutcropNN
import OutcropTensor

/// The projections and the Explicit Bias Term of one edge-featured attention.
///
/// Published as `attention`: Q, K, V and the edge projection, whose name differs between models; in full
/// graphs also Q_2, K_2 and the second edge projection, which added edges use.
public final class EdgeAttentionLayer<Scalar: TensorScalar>: Module {
  public let query, key, value, edge: LinearLayer<Scalar>
  /// The projections of added edges.
  public let second:
    (query: LinearLayer<Scalar>, key: LinearLayer<Scalar>, edge: LinearLayer<Scalar>)?
  public let bias: ExplicitBias<Scalar>?
  public let biasUse: ExplicitBiasUse
  public let heads: Int
  private let edgeName: String

  /// - Parameters:
  ///   - inputs: the width of node vectors.
  ///   - edgeInputs: the width of edge vectors; `inputs` unless given.
  ///   - shape: heads, biases and whether graphs are full.
  ///   - edgeName: the published name of the edge projection.
  public init(
    in inputs: Int, edgeInputs: Int? = nil, out width: Int, _ shape: ModelShape,
    edgeName: String = "E", using generator: inout RandomGenerator
  ) {
    func linear(_ inputs: Int, _ generator: inout RandomGenerator) -> LinearLayer<Scalar> {
      LinearLayer(in: inputs, out: width, hasBias: shape.hasAttentionBias, using: &generator)
    }
    query = linear(inputs, &generator)
    key = linear(inputs, &generator)
    value = linear(inputs, &generator)
    edge = linear(edgeInputs ?? inputs, &generator)
    second =
      shape.isFullGraph
      ? (
        linear(inputs, &generator), linear(inputs, &generator),
        linear(edgeInputs ?? inputs, &generator)
      ) : nil
    heads = shape.headCount
    bias =
      shape.hasExplicitBias
      ? ExplicitBias(
        heads: heads, depth: width / heads, strength: shape.explicitBiasStrength,
        using: &generator) : nil
    biasUse = shape.explicitBiasUse
    self.edgeName = edgeName
  }

  /// Node features h [N, in] and edge features to the recorded activations: out [N_dst, D] and, if
  /// wanted, the scores [E, D].
  public func callAsFunction(
    _ h: Tensor<Scalar>, _ e: EncodedFeatures<Scalar>, _ input: LayerInput,
    factors: Tensor<Scalar>? = nil, recordsScores: Bool
  ) -> (output: Tensor<Scalar>, scores: Tensor<Scalar>?) {
    self(.rows(h), e, input, factors: factors, recordsScores: recordsScores)
  }

  /// As above, for nodes of which many may share one row.
  public func callAsFunction(
    _ encoded: EncodedFeatures<Scalar>, _ e: EncodedFeatures<Scalar>, _ input: LayerInput,
    factors: Tensor<Scalar>? = nil, recordsScores: Bool
  ) -> (output: Tensor<Scalar>, scores: Tensor<Scalar>?) {
    if let bias, biasUse == .weightsFromBiasAlone {
      let h = encoded.tensor
      let output = attentionFromBiasAlone(
        query: query(input.destinations(of: h)), value: value(h), edges: input.edges, heads: heads,
        bias: bias.tensors, factors: factors)
      // The scores decide nothing here; they are what the published programs record.
      let scores =
        recordsScores
        ? attend(.rows(h), e, input, factors, recordsScores: true).scores?.detached : nil
      return (output, scores)
    }
    return attend(encoded, e, input, factors, recordsScores: recordsScores)
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func attend(
    _ h: EncodedFeatures<Scalar>, _ e: EncodedFeatures<Scalar>, _ input: LayerInput,
    _ factors: Tensor<Scalar>?, recordsScores: Bool
  ) -> (output: Tensor<Scalar>, scores: Tensor<Scalar>?) {
    let edges = input.edges
    let projections: AttentionProjections<Scalar>
    if let second, let added = input.batch.addedEdges {
      projections = .twofold(
        together([query, key, value, second.query, second.key], h), alternate: added)
    } else if edges.sourceCount == edges.destinationCount {
      // A block's destinations are its first sources: with equal counts they are the same nodes.
      projections = .packed(together([query, key, value], h))
    } else {
      projections = .bipartite(
        query: query(input.destinations(of: h.tensor)), keyValue: together([key, value], h))
    }
    return edgeAttention(
      projections, edgeProjection: edgeProjection(e, input.batch.addedEdges), edges: edges,
      heads: heads, bias: bias?.tensors, factors: factors, recordsScores: recordsScores)
  }

  /// Several maps as one product: the nodes are read once.
  private func together(
    _ parts: [LinearLayer<Scalar>], _ h: EncodedFeatures<Scalar>
  ) -> Tensor<Scalar> {
    let weight = Tensor.concatenate(parts.map(\.weight.value))
    let bias = parts[0].bias == nil ? nil : Tensor.concatenate(parts.map { $0.bias!.value })
    return h.mapped { $0.linear(weight: weight, bias: bias) }
  }

  /// P: the edge projection, by the second map for added edges.
  private func edgeProjection(
    _ e: EncodedFeatures<Scalar>, _ added: [Int32]?
  ) -> Tensor<Scalar> {
    guard let second, let added else { return e.mapped { edge($0) } }
    let (table, rows): (Tensor<Scalar>, [Int32]) =
      switch e {
      case .rows(let values):
        (values, values.shape[0] == 0 ? [] : (0..<Int32(values.shape[0])).map { $0 })
      case .table(let table, let index): (table, index.rows)
      }
    let count = Int32(table.shape[0])
    let both = Tensor.concatenate([edge(table), second.edge(table)])
    let index = zip(rows, added).map { row, isAdded in isAdded == 0 ? row : row + count }
    return both.gatherRows(RowIndex(index, rowCount: 2 * Int(count)))
  }

  public var state: [StateEntry<Scalar>] {
    query.state(in: "Q") + key.state(in: "K") + value.state(in: "V") + edge.state(in: edgeName)
      + (second.map {
        $0.query.state(in: "Q_2") + $0.key.state(in: "K_2") + $0.edge.state(in: "\(edgeName)_2")
      } ?? []) + (bias?.state ?? [])
  }
}

/// Attention whose weights are the exponential of the bias score alone,
/// w_i = exp(clamp((Q_i · k_bias) / √d, −5, 5)): equal for all edges into a node, so that
///
///     out_i = w_i Σ f_e (V_j + v_bias) / (w_i Σ f_e + 1e-6)
///
/// is a plain mean. What the released programs of SAN and GraphiT compute with the Explicit Bias Term.
public func attentionFromBiasAlone<Scalar: TensorScalar>(
  query: Tensor<Scalar>, value: Tensor<Scalar>, edges: EdgeIndex, heads: Int,
  bias: EdgeAttentionBias<Scalar>, factors: Tensor<Scalar>? = nil
) -> Tensor<Scalar> {
  let (N, D) = (edges.destinationCount, query.shape[1])
  let d = D / heads
  let intoNodes = Segments(offsets: edges.destinationOffsets)
  let f = (factors ?? .ones([edges.edgeCount])).reshaped([edges.edgeCount, 1])
  let V = value.gatherRows(RowIndex(edges.sources, rowCount: edges.sourceCount))
  let b =
    (query.reshaped([N, heads, d]) * bias.key.reshaped([1, heads, d]))
    .sum(axes: [2], keepingAxes: true) / Scalar(d).squareRoot()
  let w = b.clamp(-5, 5).exp()
  let total = f.segmentSum(intoNodes).reshaped([N, 1, 1])
  let sums =
    (V * f).segmentSum(intoNodes).reshaped([N, heads, d])
    + total * bias.value.reshaped([1, heads, d])
  return (w * sums / (w * total + 1e-6)).reshaped([N, D])
}

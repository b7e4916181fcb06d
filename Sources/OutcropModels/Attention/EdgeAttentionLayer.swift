import OutcropCore
import OutcropGraph
import OutcropNN
import OutcropTensor

/// The projections and the Explicit Bias Term of one edge-featured attention.
///
/// Published as `attention`: Q, K, V and the edge projection, whose name differs between models; in full
/// graphs also Q_2, K_2 and the second edge projection, which added edges use.
///
/// Announces the scores (`edge`) and sums (`node`), and the outputs of all projections under their
/// published names, such as `attention.Q`.
public final class EdgeAttentionLayer<Scalar: TensorScalar>: Module {
  /// The projections of queries, keys, values and edges.
  public let query, key, value, edge: LinearLayer<Scalar>
  /// The projections of added edges.
  public let alternate:
    (query: LinearLayer<Scalar>, key: LinearLayer<Scalar>, edge: LinearLayer<Scalar>)?
  /// The Explicit Bias Term; nil if there is none.
  public let bias: ExplicitBias<Scalar>?
  /// How the Explicit Bias Term is used.
  public let biasUse: ExplicitBiasUse
  /// Changes against massive activations.
  public let countermeasures: Countermeasures
  /// W_g of the gate, where there is one.
  public let gate: LinearLayer<Scalar>?
  public let heads: Int
  /// The published name, under which the layer that owns this attention lists its state.
  public let name: String
  private let edgeName: String
  private let scores, sums: AnnouncedActivation
  /// Of Q, K, V and the edge projection.
  private let projections: [AnnouncedActivation]
  /// Of Q_2, K_2 and the second edge projection.
  private let alternates: [AnnouncedActivation]

  /// An attention with random parameters.
  ///
  /// - Parameters:
  ///   - inputs: the width of node vectors.
  ///   - edgeInputs: the width of edge vectors; `inputs` unless given.
  ///   - width: D, the width of the result; `heads` must divide it.
  ///   - heads: the number of heads.
  ///   - hasBias: whether the projections have biases.
  ///   - explicitBias: the strength of the Explicit Bias Term; nil for none.
  ///   - explicitBiasUse: what the Explicit Bias Term does.
  ///   - countermeasures: changes against massive activations.
  ///   - isFullGraph: whether edges that were added to make a graph full have projections of their own.
  ///   - name: the published name of the attention.
  ///   - edgeName: the published name of the edge projection.
  ///   - kinds: the kinds under which scores and sums are announced.
  ///   - generator: draws the parameters.
  public init(
    in inputs: Int, edgeInputs: Int? = nil, out width: Int, heads: Int, hasBias: Bool = false,
    explicitBias: ExplicitBiasStrength? = nil, explicitBiasUse: ExplicitBiasUse = .added,
    countermeasures: Countermeasures = Countermeasures(), isFullGraph: Bool = false,
    name: String = "attention", edgeName: String = "E",
    announcing kinds: (scores: ActivationKind, sums: ActivationKind) = (.edge, .node),
    using generator: inout RandomGenerator
  ) {
    require(
      heads > 0 && width % heads == 0,
      "EdgeAttentionLayer: \(heads) heads do not divide a width of \(width)")
    func linear(_ inputs: Int, _ generator: inout RandomGenerator) -> LinearLayer<Scalar> {
      LinearLayer(in: inputs, out: width, hasBias: hasBias, using: &generator)
    }
    query = linear(inputs, &generator)
    key = linear(inputs, &generator)
    value = linear(inputs, &generator)
    edge = linear(edgeInputs ?? inputs, &generator)
    alternate =
      isFullGraph
      ? (
        linear(inputs, &generator), linear(inputs, &generator),
        linear(edgeInputs ?? inputs, &generator)
      ) : nil
    self.heads = heads
    bias = explicitBias.map {
      ExplicitBias(heads: heads, depth: width / heads, strength: $0, using: &generator)
    }
    biasUse = explicitBiasUse
    self.countermeasures = countermeasures
    gate =
      countermeasures.hasGate
      ? LinearLayer(in: inputs, out: width, hasBias: false, using: &generator) : nil
    (self.name, self.edgeName) = (name, edgeName)
    (scores, sums) = (
      AnnouncedActivation(kinds.scores, .edges), AnnouncedActivation(kinds.sums, .nodes)
    )
    projections =
      ["Q", "K", "V"].map { AnnouncedActivation("\(name).\($0)", .nodes) }
      + [AnnouncedActivation("\(name).\(edgeName)", .edges)]
    alternates =
      isFullGraph
      ? ["Q_2", "K_2"].map { AnnouncedActivation("\(name).\($0)", .nodes) }
        + [AnnouncedActivation("\(name).\(edgeName)_2", .edges)] : []
  }

  /// An attention with the heads, biases and kind of graph of `configuration`.
  public convenience init(
    in inputs: Int, edgeInputs: Int? = nil, out width: Int, _ shape: ModelConfiguration,
    name: String = "attention", edgeName: String = "E",
    announcing kinds: (scores: ActivationKind, sums: ActivationKind) = (.edge, .node),
    using generator: inout RandomGenerator
  ) {
    self.init(
      in: inputs, edgeInputs: edgeInputs, out: width, heads: shape.headCount,
      hasBias: shape.hasAttentionBias,
      explicitBias: shape.hasExplicitBias ? shape.explicitBiasStrength : nil,
      explicitBiasUse: shape.explicitBiasUse, countermeasures: shape.countermeasures,
      isFullGraph: shape.isFullGraph, name: name,
      edgeName: edgeName, announcing: kinds, using: &generator)
  }

  /// Everything that the attention announces.
  public var announced: [AnnouncedActivation] { [scores, sums] + projections + alternates }

  /// Attention over the edges of `input`.
  ///
  /// - Parameters:
  ///   - h: node vectors [N, in].
  ///   - e: edge vectors, in destination order.
  ///   - input: the batch and the layer's edges.
  ///   - context: the mode of the forward pass and its observers.
  ///   - factors: weights of the edges; see `edgeAttention`.
  ///   - returnsScores: whether the scores are returned.
  /// - Returns: the sums [N_dst, D] and, if `returnsScores`, the scores [E, D].
  public func callAsFunction(
    _ h: Tensor<Scalar>, _ e: EncodedFeatures<Scalar>, _ input: LayerInput,
    _ context: ForwardContext, factors: Tensor<Scalar>? = nil, returnsScores: Bool = false
  ) -> (output: Tensor<Scalar>, scores: Tensor<Scalar>?) {
    self(.rows(h), e, input, context, factors: factors, returnsScores: returnsScores)
  }

  /// The same for nodes that may share rows.
  public func callAsFunction(
    _ encoded: EncodedFeatures<Scalar>, _ e: EncodedFeatures<Scalar>, _ input: LayerInput,
    _ context: ForwardContext, factors: Tensor<Scalar>? = nil, returnsScores: Bool = false
  ) -> (output: Tensor<Scalar>, scores: Tensor<Scalar>?) {
    let recordsScores = returnsScores || context.wants(announced)
    var result: (output: Tensor<Scalar>, scores: Tensor<Scalar>?)
    if let bias, biasUse == .weightsFromBiasAlone {
      let h = encoded.tensor
      result.output = attentionFromBiasAlone(
        query: query(input.destinations(of: h)), value: value(h), edges: input.edges, heads: heads,
        bias: bias.tensors, factors: factors, sourceRows: input.edgeRows.sources)
      // The scores do not affect the output here, but the published programs record them.
      result.scores =
        recordsScores
        ? attend(.rows(h), e, input, context, factors, recordsScores: true).scores?.detached : nil
    } else {
      result = attend(encoded, e, input, context, factors, recordsScores: recordsScores)
    }
    context.announce(sums, result.output, input)
    if let gate {
      result.output = result.output * gate(input.destinations(of: encoded.tensor)).sigmoid()
    }
    return result
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func attend(
    _ h: EncodedFeatures<Scalar>, _ e: EncodedFeatures<Scalar>, _ input: LayerInput,
    _ context: ForwardContext, _ factors: Tensor<Scalar>?, recordsScores: Bool
  ) -> (output: Tensor<Scalar>, scores: Tensor<Scalar>?) {
    let edges = input.edges
    let (Q, K, V) = (projections[0], projections[1], projections[2])
    let projected: AttentionProjections<Scalar>
    if let alternate, let added = input.batch.addedEdges {
      let all = fusedProjection([query, key, value, alternate.query, alternate.key], h)
      announce([Q, K, V, alternates[0], alternates[1]], columnsOf: all, input, context)
      projected = .twofold(all, alternate: added)
    } else if edges.sourceCount == edges.destinationCount {
      // A block's destinations are its first sources: with equal counts they are the same nodes.
      let all = fusedProjection([query, key, value], h)
      announce([Q, K, V], columnsOf: all, input, context)
      projected = .packed(all)
    } else {
      let ofDestinations = query(input.destinations(of: h.tensor))
      let keyValue = fusedProjection([key, value], h)
      context.announce(Q, ofDestinations, input)
      announce([K, V], columnsOf: keyValue, input, context)
      projected = .bipartite(query: ofDestinations, keyValue: keyValue)
    }
    var result = edgeAttention(
      projected, edgeProjection: edgeProjection(e, input, context), edges: edges, heads: heads,
      bias: bias?.tensors, factors: factors,
      recordsScores: recordsScores || countermeasures.changesWeights)
    func rest(_ scores: Tensor<Scalar>) -> Tensor<Scalar> {
      OutcropModels.attention(
        fromScores: scores, value: projected.value, edges: edges, heads: heads,
        valueBias: bias?.tensors.value, factors: factors, sourceRows: input.edgeRows.sources,
        addedToDenominator: countermeasures.denominator)
    }
    if countermeasures.changesWeights, var scores = result.scores {
      if let clip = countermeasures.clip {
        scores = scores.clamped(to: -Scalar(clip)...Scalar(clip))
      }
      result = (rest(scores), scores)
    }
    guard let recorded = result.scores else { return result }
    context.announce(scores, recorded, input)
    guard let changed = context.replacement(for: scores, recorded, input) else { return result }
    let output = rest(changed)
    // Nodes without a changed edge keep the bits of the fused operation.
    var isChanged = [Bool](repeating: false, count: edges.destinationCount)
    for (edge, differs) in changed.rowsDiffer(from: recorded).enumerated() where differs {
      isChanged[Int(edges.destinations[edge])] = true
    }
    return (result.output.replacingRows(with: output, where: isChanged), changed)
  }

  /// Several projections as one product, concatenated by columns, so that the nodes are read once.
  private func fusedProjection(
    _ maps: [LinearLayer<Scalar>], _ h: EncodedFeatures<Scalar>
  ) -> Tensor<Scalar> {
    let weight = Tensor(concatenating: maps.map(\.weight.value))
    let bias = maps[0].bias == nil ? nil : Tensor(concatenating: maps.map { $0.bias!.value })
    return h.mapped { $0.linear(weight: weight, bias: bias) }
  }

  /// Announces projections that one product computed; columns are copied only for observers.
  private func announce(
    _ activations: [AnnouncedActivation], columnsOf product: Tensor<Scalar>, _ input: LayerInput,
    _ context: ForwardContext
  ) {
    let width = product.shape[1] / activations.count
    for (number, activation) in activations.enumerated() {
      context.announce(
        activation, product.sliced(axis: 1, number * width..<(number + 1) * width), input)
    }
  }

  /// P: the edge projection; added edges use the second map.
  private func edgeProjection(
    _ e: EncodedFeatures<Scalar>, _ input: LayerInput, _ context: ForwardContext
  ) -> Tensor<Scalar> {
    guard let alternate, let added = input.batch.addedEdges else {
      let P = e.mapped { edge($0) }
      context.announce(projections[3], P, input)
      return P
    }
    let (table, rows): (Tensor<Scalar>, [Int32]) =
      switch e {
      case .rows(let values):
        (values, values.shape[0] == 0 ? [] : (0..<Int32(values.shape[0])).map { $0 })
      case .table(let table, let index): (table, index.rows)
      }
    let count = table.shape[0]
    let both = [edge(table), alternate.edge(table)]
    for (activation, values) in zip([projections[3], alternates[2]], both) {
      context.announce(
        activation, values.gathered(rows: RowIndex(rows, rowCount: count)), input)
    }
    let index = zip(rows, added).map { row, isAdded in isAdded == 0 ? row : row + Int32(count) }
    return Tensor(concatenating: both).gathered(rows: RowIndex(index, rowCount: 2 * count))
  }

  public var state: [StateEntry<Scalar>] {
    query.state(in: "Q") + key.state(in: "K") + value.state(in: "V") + edge.state(in: edgeName)
      + (alternate.map {
        $0.query.state(in: "Q_2") + $0.key.state(in: "K_2") + $0.edge.state(in: "\(edgeName)_2")
      } ?? []) + (bias?.state ?? []) + (gate?.state(in: "gate") ?? [])
  }
}

/// Attention whose weights are only the exponential of the bias score,
/// w_i = exp(clamp((Q_i · k_bias) / √d, −5, 5)). They are equal for all edges into a node, so that
///
///     out_i = w_i Σ f_e (V_j + v_bias) / (w_i Σ f_e + 1e-6)
///
/// is a plain mean. The released programs of SAN and GraphiT compute this with the Explicit Bias Term.
/// `sourceRows` are the rows of `edges.sources`, if they were computed before.
public func attentionFromBiasAlone<Scalar: TensorScalar>(
  query: Tensor<Scalar>, value: Tensor<Scalar>, edges: EdgeIndex, heads: Int,
  bias: EdgeAttentionBias<Scalar>, factors: Tensor<Scalar>? = nil, sourceRows: RowIndex? = nil
) -> Tensor<Scalar> {
  let (N, D) = (edges.destinationCount, query.shape[1])
  let d = D / heads
  let intoNodes = Segments(offsets: edges.destinationOffsets)
  let f = (factors ?? .ones([edges.edgeCount])).reshaped([edges.edgeCount, 1])
  let V = value.gathered(
    rows:
      sourceRows ?? RowIndex(edges.sources, rowCount: edges.sourceCount))
  let b =
    (query.reshaped([N, heads, d]) * bias.key.reshaped([1, heads, d]))
    .sum(axes: [2], keepingAxes: true) * (1 / Scalar(d).squareRoot())
  let w = b.clamped(to: -5...5).exp()
  let total = f.segmentSum(intoNodes).reshaped([N, 1, 1])
  let sums =
    (V * f).segmentSum(intoNodes).reshaped([N, heads, d])
    + total * bias.value.reshaped([1, heads, d])
  return (w * sums / (w * total + 1e-6)).reshaped([N, D])
}

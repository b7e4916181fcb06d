import OutcropGraph
import OutcropModels
import OutcropTensor
import OutcropTestSupport
import Testing

/// A way to call edge attention: which inputs there are, and which results are used.
struct EdgeAttentionVariant: Sendable, CustomStringConvertible {
  enum Results: String, CaseIterable { case output, scores, both, unrecorded }

  var heads = 2
  var depth = 3
  var isBipartite = false
  var hasEdgeProjection = true
  var hasFactors = false
  var hasBias = false
  var results = Results.both

  var description: String {
    "\(heads)x\(depth)" + (isBipartite ? ", bipartite" : "")
      + (hasEdgeProjection ? ", edge projection" : "") + (hasFactors ? ", factors" : "")
      + (hasBias ? ", explicit bias" : "") + ", \(results.rawValue)"
  }

  /// All combinations of inputs, one by one of the results, and depths with loops of their own.
  static var all: [EdgeAttentionVariant] {
    var list: [EdgeAttentionVariant] = []
    for choice in 0..<16 {
      list.append(
        EdgeAttentionVariant(
          isBipartite: choice & 1 > 0, hasEdgeProjection: choice & 2 > 0,
          hasFactors: choice & 4 > 0, hasBias: choice & 8 > 0))
    }
    for results in Results.allCases {
      for isBipartite in [false, true] {
        list.append(
          EdgeAttentionVariant(
            isBipartite: isBipartite, hasFactors: true, hasBias: true, results: results))
      }
      list.append(EdgeAttentionVariant(hasEdgeProjection: false, results: results))
    }
    for (heads, depth) in [(1, 1), (2, 8), (1, 16)] {
      list.append(EdgeAttentionVariant(heads: heads, depth: depth, hasFactors: true, hasBias: true))
    }
    return list
  }

  /// The inputs' shapes: projections, then P, factors and biases where they are there.
  func shapes(sources: Int, destinations: Int, edges: Int) -> [[Int]] {
    let width = heads * depth
    var shapes =
      isBipartite
      ? [[destinations, width], [sources, 2 * width]] : [[destinations, 3 * width]]
    if hasEdgeProjection { shapes.append([edges, width]) }
    if hasFactors { shapes.append([edges]) }
    if hasBias { shapes += [[heads, depth, 1], [heads, 1, depth], [heads, 1, depth]] }
    return shapes
  }

  /// Normal inputs; factors are positive, as weights are: sums near 0 would magnify every rounding.
  func draw<S: TensorScalar>(
    sources: Int, destinations: Int, edges: Int, using generator: inout RandomGenerator
  ) -> [Tensor<S>] {
    shapes(sources: sources, destinations: destinations, edges: edges).map { shape in
      shape.count == 1
        ? .uniform(shape, low: 0.1, high: 2, using: &generator)
        : .normal(shape, using: &generator)
    }
  }

  func call<S: TensorScalar>(
    _ inputs: [Tensor<S>], _ edges: EdgeIndex, isReference: Bool = false
  ) -> (output: Tensor<S>, scores: Tensor<S>?) {
    var rest = inputs[...]
    let projections: AttentionProjections<S> =
      isBipartite
      ? .bipartite(query: rest.removeFirst(), keyValue: rest.removeFirst())
      : .packed(rest.removeFirst())
    let edgeProjection = hasEdgeProjection ? rest.removeFirst() : nil
    let factors = hasFactors ? rest.removeFirst() : nil
    let bias =
      hasBias
      ? EdgeAttentionBias(
        key: rest.removeFirst(), edge: rest.removeFirst(), value: rest.removeFirst()) : nil
    if isReference {
      return referenceEdgeAttention(
        projections, edgeProjection: edgeProjection, edges: edges, heads: heads, bias: bias,
        factors: factors)
    }
    return edgeAttention(
      projections, edgeProjection: edgeProjection, edges: edges, heads: heads, bias: bias,
      factors: factors, recordsScores: results != .unrecorded)
  }

  /// The results that the variant uses.
  func used<S>(_ results: (output: Tensor<S>, scores: Tensor<S>?)) -> [Tensor<S>] {
    switch self.results {
    case .output, .unrecorded: [results.output]
    case .scores: [results.scores!]
    case .both: [results.output, results.scores!]
    }
  }

  /// The case for the gradient harness. The edges are drawn from their number; logits must stay
  /// away from the clamp's ends, where differences mean nothing.
  func operationCase<S: TensorScalar>(hasLarge: Bool) -> OperationCase<S> {
    var small = [
      shapes(sources: 5, destinations: 5, edges: 9), shapes(sources: 0, destinations: 0, edges: 0),
      shapes(sources: 1, destinations: 1, edges: 1), shapes(sources: 4, destinations: 4, edges: 0),
    ]
    if isBipartite {
      small += [
        shapes(sources: 6, destinations: 2, edges: 7),
        shapes(sources: 3, destinations: 1, edges: 4),
        shapes(sources: 3, destinations: 0, edges: 0),
      ]
    }
    // Factors are positive, as weights are: a sum near 0 would be a pole.
    var domains = Array(repeating: InputDomain.awayFromZero, count: small[0].count)
    if hasFactors { domains[small[0].firstIndex { $0.count == 1 }!] = .positive }
    let large = shapes(sources: isBipartite ? 900 : 700, destinations: 700, edges: 5000)
    return OperationCase(
      ModelOperation.edgeAttention, description, domains: domains, shapes: small,
      large: hasLarge ? [large] : []
    ) { inputs in
      let edges = edges(inputs)
      let results = call(inputs, edges)
      // Once for each check: differences are of untracked inputs close by.
      if edges.edgeCount < 100 && inputs[0].isTracked {
        checkDistance(call(inputs, edges, isReference: true).scores!)
      }
      return used(results)
    }
  }

  /// Edges for the inputs, the same each time.
  private func edges<S>(_ inputs: [Tensor<S>]) -> EdgeIndex {
    let destinations = inputs[0].shape[0]
    let sources = isBipartite ? inputs[1].shape[0] : destinations
    // Without a tensor that has their number: two to a node.
    let place = isBipartite ? 2 : 1
    let count =
      hasEdgeProjection || hasFactors
      ? inputs[place].shape[0] : (sources == 0 ? 0 : 2 * destinations)
    return randomEdges(sources: sources, destinations: destinations, count: count)
  }

  private func checkDistance<S: TensorScalar>(_ scores: Tensor<S>) {
    let logits = scores.detached.reshaped([scores.shape[0], heads, depth]).sum(axes: [2])
    if let close = logits.values.first(where: { abs($0.magnitude - 5) < 0.012 }) {
      Issue.record("\(self): a logit of \(close) is too close to the clamp for differences")
    }
  }
}

/// Every way to call a differentiable operation of the module.
func modelCases<S: TensorScalar>(_: S.Type) -> [OperationCase<S>] {
  EdgeAttentionVariant.all.map { $0.operationCase(hasLarge: true) }
}

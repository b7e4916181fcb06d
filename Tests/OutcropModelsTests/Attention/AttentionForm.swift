import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropTensor
import OutcropTestSupport

/// One way to call edge attention: which optional inputs there are and which results are used.
struct AttentionForm: Sendable, CustomStringConvertible {
  enum Results: String, CaseIterable, Sendable {
    case both, outputOnly, scoresOnly, notRecorded
  }

  enum Layout: String, CaseIterable, Sendable { case packed, bipartite, twofold }

  var layout = Layout.packed
  var hasProjection = true
  var hasBias = false
  var hasFactors = false
  var results = Results.both

  static let all: [AttentionForm] = Layout.allCases.flatMap { layout in
    [true, false].flatMap { hasProjection in
      [true, false].flatMap { hasBias in
        [true, false].flatMap { hasFactors in
          Results.allCases.map {
            AttentionForm(
              layout: layout, hasProjection: hasProjection, hasBias: hasBias,
              hasFactors: hasFactors, results: $0)
          }
        }
      }
    }
  }

  var description: String {
    [
      layout.rawValue, hasProjection ? "P" : nil, hasBias ? "EBT" : nil,
      hasFactors ? "factors" : nil, results.rawValue,
    ].compactMap { $0 }.joined(separator: ", ")
  }

  /// The inputs' shapes: projections, then P, factors and the three biases where they exist.
  func shapes(_ size: AttentionSize) -> [[Int]] {
    let (n, D) = (size.destinations, size.width)
    var result =
      switch layout {
      case .packed: [[n, 3 * D]]
      case .bipartite: [[n, D], [size.sources, 2 * D]]
      case .twofold: [[n, 5 * D]]
      }
    if hasProjection { result.append([size.edges, D]) }
    if hasFactors { result.append([size.edges]) }
    if hasBias { result += [[D], [D], [D]] }
    return result
  }

  /// What `shapes(_:)` are filled from: weights are positive, so that no denominator comes near 0.
  var domains: [InputDomain] {
    var result: [InputDomain] = layout == .bipartite ? [.normal, .normal] : [.normal]
    if hasProjection { result.append(.normal) }
    if hasFactors { result.append(.positive) }
    return result + [.normal]
  }

  /// `inputs`, which have the shapes of `shapes(_:)`, by name.
  func arguments<S: TensorScalar>(
    _ inputs: [Tensor<S>], edgeCount: Int = 0
  ) -> AttentionArguments<S> {
    var rest = inputs[...]
    let projections: AttentionProjections<S> =
      switch layout {
      case .packed: .packed(rest.removeFirst())
      case .bipartite: .bipartite(query: rest.removeFirst(), keyValue: rest.removeFirst())
      case .twofold:
        .twofold(rest.removeFirst(), alternate: (0..<edgeCount).map { Int32($0 % 3 == 1 ? 1 : 0) })
      }
    let projection = hasProjection ? rest.removeFirst() : nil
    let factors = hasFactors ? rest.removeFirst() : nil
    let bias =
      hasBias
      ? EdgeAttentionBias(
        key: rest.removeFirst(), edge: rest.removeFirst(), value: rest.removeFirst()) : nil
    return AttentionArguments(
      projections: projections, projection: projection, factors: factors, bias: bias)
  }
}

/// The sizes of one call.
struct AttentionSize: Sendable {
  var destinations, sources, edges, width: Int
}

struct AttentionArguments<S: TensorScalar> {
  let projections: AttentionProjections<S>
  let projection, factors: Tensor<S>?
  let bias: EdgeAttentionBias<S>?

  func fused(
    _ edges: EdgeIndex, heads: Int, recordsScores: Bool = true
  ) -> (output: Tensor<S>, scores: Tensor<S>?) {
    edgeAttention(
      projections, edgeProjection: projection, edges: edges, heads: heads, bias: bias,
      factors: factors, recordsScores: recordsScores)
  }

  func reference(_ edges: EdgeIndex, heads: Int) -> (output: Tensor<S>, scores: Tensor<S>) {
    referenceEdgeAttention(
      projections, edgeProjection: projection, edges: edges, heads: heads, bias: bias,
      factors: factors)
  }
}

/// Random edges with self loops and repetitions; the last third of the destinations has none.
func randomEdges(_ count: Int, sources: Int, destinations: Int, seed: UInt64) -> EdgeIndex {
  var generator = RandomGenerator(seed: seed)
  let reached = max(1, destinations - destinations / 3)
  var (from, to): ([Int32], [Int32]) = ([], [])
  for edge in 0..<count {
    let repeats = edge > 0 && generator.unit() < 0.15
    to.append(repeats ? to[edge - 1] : Int32(generator.below(reached)))
    let loops = !repeats && generator.unit() < 0.15 && Int(to[edge]) < sources
    from.append(
      repeats ? from[edge - 1] : loops ? to[edge] : Int32(generator.below(sources)))
  }
  return EdgeIndex(
    sources: from, destinations: to, sourceCount: sources, destinationCount: destinations)
}

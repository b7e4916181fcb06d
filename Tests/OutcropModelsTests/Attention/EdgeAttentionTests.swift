import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropTensor
import OutcropTestSupport
import Testing

@Suite("Edge attention")
struct EdgeAttentionTests {
  private static let sizes = [
    [1, 1], [4, 8], [8, 8], [8, 7], [12, 37], [2, 16], [8, 16], [8, 11], [10, 8], [17, 3],
  ]

  private func compare<S: TensorScalar>(_: S.Type, heads: Int, depth: Int, tolerance: Double) {
    for (number, form) in AttentionForm.all.enumerated() {
      var generator = RandomGenerator(seed: UInt64(1 + number))
      let destinations = 1 + generator.below(30)
      let size = AttentionSize(
        destinations: destinations,
        sources: form.layout == .bipartite ? 1 + generator.below(30) : destinations,
        edges: generator.below(120), width: heads * depth)
      let edges = randomEdges(
        size.edges, sources: size.sources, destinations: destinations, seed: UInt64(number))
      let inputs: [Tensor<S>] = zip(form.shapes(size), form.shapes(size).indices).map {
        form.domains[min($1, form.domains.count - 1)].draw($0, using: &generator)
      }
      let (found, expected) = (
        inputs.map { $0.trackingGradients() }, inputs.map { $0.trackingGradients() }
      )
      let a = form.arguments(found, edgeCount: edges.edgeCount).fused(
        edges, heads: heads, recordsScores: form.results != .notRecorded)
      let b = form.arguments(expected, edgeCount: edges.edgeCount).reference(edges, heads: heads)
      let name = "\(S.self) \(heads) × \(depth), \(form), \(size)"
      var problems = [difference("\(name): output", a.output, b.output, tolerance: tolerance)]
      #expect((a.scores == nil) == (form.results == .notRecorded))
      if let scores = a.scores {
        problems.append(difference("\(name): scores", scores, b.scores, tolerance: tolerance))
      }
      let weights: [Tensor<S>] = [
        .normal(b.output.shape, using: &generator), .normal(b.scores.shape, using: &generator),
      ]
      func total(_ output: Tensor<S>, _ scores: Tensor<S>?) -> Tensor<S> {
        let first = (output * weights[0]).sum()
        switch form.results {
        case .both: return first + (scores! * weights[1]).sum()
        case .outputOnly, .notRecorded: return first
        case .scoresOnly: return (scores! * weights[1]).sum()
        }
      }
      total(a.output, a.scores).backward()
      total(b.output, b.scores).backward()
      for (index, (x, y)) in zip(found, expected).enumerated() {
        // An input that no result depends on has no gradient by the plain operations.
        problems.append(
          difference(
            "\(name): gradient \(index)", x.gradient ?? .zeros(x.shape),
            y.gradient ?? .zeros(y.shape),
            // A factor's gradient is a difference of sums over all channels, of order √width.
            tolerance: tolerance * max(1, (Double(size.width) / 64).squareRoot()), scale: 1))
      }
      for problem in problems.compactMap({ $0 }) { Issue.record("\(problem)") }
    }
  }

  @Test("is the formula in plain operations, with its gradients", arguments: sizes)
  func formula(_ size: [Int]) {
    compare(Double.self, heads: size[0], depth: size[1], tolerance: 1e-12)
    compare(Float.self, heads: size[0], depth: size[1], tolerance: 1e-5)
  }

  @Test("Graphs side by side, whose second pass follows piece by piece, have the same gradients")
  func pieces() throws {
    var generator = RandomGenerator(seed: 9)
    var (sources, destinations): ([Int32], [Int32]) = ([], [])
    for graph in 0..<60 {
      for _ in 0..<40 {
        sources.append(Int32(20 * graph + generator.below(20)))
        destinations.append(Int32(20 * graph + generator.below(20)))
      }
    }
    let edges = EdgeIndex(sources: sources, destinations: destinations, nodeCount: 1200)
    try #require((edges.closedRanges?.count ?? 0) > 4)
    for form in AttentionForm.all where form.layout != .bipartite && form.results == .both {
      let size = AttentionSize(
        destinations: 1200, sources: 1200, edges: edges.edgeCount, width: 16)
      let inputs: [Tensor<Double>] = form.shapes(size).enumerated().map {
        form.domains[min($0, form.domains.count - 1)].draw($1, using: &generator)
      }
      let weights = [
        Tensor<Double>.normal([1200, 16], using: &generator),
        .normal([edges.edgeCount, 16], using: &generator),
      ]
      func gradients(fused: Bool) -> [Tensor<Double>] {
        let leaves = inputs.map { $0.trackingGradients() }
        let arguments = form.arguments(leaves, edgeCount: edges.edgeCount)
        let (output, scores) =
          fused
          ? arguments.fused(edges, heads: 2, recordsScores: true)
          : { ($0.output, $0.scores) }(arguments.reference(edges, heads: 2))
        ((output * weights[0]).sum() + (scores! * weights[1]).sum()).backward()
        return leaves.map { $0.gradient! }
      }
      for (found, expected) in zip(gradients(fused: true), gradients(fused: false)) {
        #expect(difference("\(form)", found, expected, tolerance: 1e-11, scale: 1) == nil)
      }
    }
  }

  @Test("A node without incoming edges gets exactly 0, with the value bias too")
  func isolatedNodes() {
    var generator = RandomGenerator(seed: 3)
    let edges = EdgeIndex(sources: [0, 4, 2], destinations: [1, 1, 3], nodeCount: 6)
    let bias = EdgeAttentionBias<Float>(
      key: .normal([2, 4, 1], using: &generator), edge: .normal([2, 1, 4], using: &generator),
      value: .normal([2, 1, 4], using: &generator))
    let output = edgeAttention(
      .packed(.normal([6, 24], using: &generator)),
      edgeProjection: .normal([3, 8], using: &generator), edges: edges, heads: 2, bias: bias
    ).output
    for node in 0..<6 {
      let row = output.values[node * 8..<(node + 1) * 8]
      #expect(row.allSatisfy { $0 == 0 } == ![1, 3].contains(node), "node \(node): \(row)")
    }
  }
}

@Suite("Edge attention's mistakes trap and name both shapes")
struct EdgeAttentionMistakes {
  private func said(_ result: ExitTest.Result?, _ parts: String...) -> Bool {
    guard let result else { return false }
    let text = String(decoding: result.standardErrorContent, as: UTF8.self)
    return parts.allSatisfy { text.contains($0) }
  }

  @Test("Projections for another number of nodes")
  func packed() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let edges = EdgeIndex(sources: [0], destinations: [1], nodeCount: 2)
      _ = edgeAttention(
        .packed(Tensor<Float>.ones([3, 12])), edgeProjection: nil, edges: edges, heads: 2)
    }
    #expect(said(result, "edgeAttention: projections [3, 12]", "2 sources and 2 destinations"))
  }

  @Test("Bipartite projections of the wrong side")
  func bipartite() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let edges = EdgeIndex(sources: [0], destinations: [1], sourceCount: 3, destinationCount: 2)
      _ = edgeAttention(
        .bipartite(query: Tensor<Float>.ones([3, 4]), keyValue: .ones([2, 8])),
        edgeProjection: nil, edges: edges, heads: 2)
    }
    #expect(said(result, "query [3, 4] and key-value [2, 8]", "2 destinations and 3 sources"))
  }

  @Test("An edge projection with too few rows")
  func projection() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let edges = EdgeIndex(sources: [0, 1], destinations: [1, 0], nodeCount: 2)
      _ = edgeAttention(
        .packed(Tensor<Float>.ones([2, 12])), edgeProjection: .ones([1, 4]), edges: edges, heads: 2)
    }
    #expect(said(result, "edge projection [1, 4]", "expected [2, 4]"))
  }

  @Test("Factors and biases of other sizes, heads that do not divide the width")
  func others() async {
    let factors = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let edges = EdgeIndex(sources: [0, 1], destinations: [1, 0], nodeCount: 2)
      _ = edgeAttention(
        .packed(Tensor<Float>.ones([2, 12])), edgeProjection: nil, edges: edges, heads: 2,
        factors: .ones([2, 1]))
    }
    #expect(said(factors, "factors [2, 1]", "expected [2]"))
    let bias = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let edges = EdgeIndex(sources: [0, 1], destinations: [1, 0], nodeCount: 2)
      _ = edgeAttention(
        .packed(Tensor<Float>.ones([2, 12])), edgeProjection: nil, edges: edges, heads: 2,
        bias: EdgeAttentionBias(key: .ones([4]), edge: .ones([2]), value: .ones([4])))
    }
    #expect(said(bias, "bias of shape [2]", "expected 4 elements"))
    let heads = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let edges = EdgeIndex(sources: [0, 1], destinations: [1, 0], nodeCount: 2)
      _ = edgeAttention(
        .packed(Tensor<Float>.ones([2, 12])), edgeProjection: nil, edges: edges, heads: 3)
    }
    #expect(said(heads, "3 heads do not divide a width of 4"))
  }
}

import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropTensor
import OutcropTestSupport
import Testing

@Suite("Edge attention at its limits", .serialized)
struct EdgeAttentionLimitsTests {
  /// Results and gradients of all inputs, for gradients of the results that differ everywhere.
  private func everything<S: TensorScalar>(
    _ form: AttentionForm, _ inputs: [Tensor<S>], _ edges: EdgeIndex, heads: Int,
    isReference: Bool = false
  ) -> [Tensor<S>] {
    let leaves = inputs.map { $0.trackingGradients() }
    let arguments = form.arguments(leaves, edgeCount: edges.edgeCount)
    let results: [Tensor<S>]
    if isReference {
      let (output, scores) = arguments.reference(edges, heads: heads)
      results = [output, scores]
    } else {
      let (output, scores) = arguments.fused(
        edges, heads: heads, recordsScores: form.results == .both)
      results = [output] + (scores.map { [$0] } ?? [])
    }
    results.map { ($0 * $0 + $0).sum() }.reduce(Tensor<S>(0), +).backward()
    return results.map(\.detached) + leaves.map { $0.gradient ?? .zeros($0.shape) }
  }

  private func draw(_ form: AttentionForm, _ size: AttentionSize) -> [Tensor<Double>] {
    var generator = RandomGenerator(seed: 6)
    return form.shapes(size).enumerated().map { index, shape in
      form.domains[min(index, form.domains.count - 1)].draw(shape, using: &generator)
    }
  }

  @Test(
    "works at the largest width, with its working memory on the stack", arguments: [1, 128, 16384])
  func wide(_ heads: Int) {
    let form = AttentionForm(hasBias: true, hasFactors: true)
    let edges = EdgeIndex(sources: [0, 2, 1, 0], destinations: [1, 1, 0, 0], nodeCount: 3)
    let inputs = draw(form, AttentionSize(destinations: 3, sources: 3, edges: 4, width: 16384))
    let found = everything(form, inputs, edges, heads: heads)
    let expected = everything(form, inputs, edges, heads: heads, isReference: true)
    for (number, (found, expected)) in zip(found, expected).enumerated() {
      // Sums of up to 16384 terms in another order.
      if let problem = difference("\(heads) heads, \(number)", found, expected, tolerance: 1e-11) {
        Issue.record("\(problem)")
      }
    }
  }

  @Test("works at the largest width on the pool's threads", arguments: [1, 16384])
  func wideThreads(_ heads: Int) {
    let form = AttentionForm(hasProjection: false, hasBias: true, results: .notRecorded)
    // Two nodes of 600 edges: a chunk of work each.
    let edges = EdgeIndex(
      sources: (0..<1200).map { Int32($0 % 2) }, destinations: (0..<1200).map { Int32($0 / 600) },
      nodeCount: 2)
    let inputs = draw(form, AttentionSize(destinations: 2, sources: 2, edges: 1200, width: 16384))
    let before = ThreadPool.threadCount
    defer { ThreadPool.threadCount = before }
    func run(_ threads: Int) -> [[Double]] {
      ThreadPool.threadCount = threads
      return everything(form, inputs, edges, heads: heads).map(\.values)
    }
    let expected = run(1)
    #expect(run(4) == expected)
  }

  @Test(
    "A graph that no cache holds has the bits of its pieces",
    arguments: AttentionForm.Layout.allCases,
    [[8, 8], [5, 8], [4, 16], [12, 5]])
  func largeGraphs(_ layout: AttentionForm.Layout, _ size: [Int]) {
    let (heads, width, nodes) = (size[0], size[0] * size[1], 90)
    // Each node's five edges come from those that follow it, in a ring.
    func ring(_ pieces: Int) -> EdgeIndex {
      var (sources, destinations): ([Int32], [Int32]) = ([], [])
      for piece in 0..<pieces {
        for node in 0..<nodes {
          for step in 0..<5 {
            sources.append(Int32(piece * nodes + (node + step) % nodes))
            destinations.append(Int32(piece * nodes + node))
          }
        }
      }
      return EdgeIndex(sources: sources, destinations: destinations, nodeCount: pieces * nodes)
    }
    for hasProjection in [true, false] {
      let form = AttentionForm(layout: layout, hasProjection: hasProjection, hasBias: true)
      let piece = draw(
        form, AttentionSize(destinations: nodes, sources: nodes, edges: 5 * nodes, width: width)
      ).map { Tensor<Float>($0.values.map { Float($0) }, shape: $0.shape) }
      // Rows forward: 4 for a node, a score and perhaps P for an edge; together more than 32 MB.
      let rows = nodes * (4 + (hasProjection ? 10 : 5))
      let count = (36 << 20) / (4 * width * rows) + 1
      let biases = piece.suffix(3)
      let all = piece.dropLast(3).map {
        Tensor(concatenating: Array(repeating: $0, count: count), axis: 0)
      }
      let expected = everything(form, piece, ring(1), heads: heads)
      let found = everything(form, all + biases, ring(count), heads: heads)
      // Output, scores and all gradients but the biases', which are sums over all pieces.
      for (index, (found, expected)) in zip(found, expected).dropLast(3).enumerated() {
        let (found, expected) = (found.values, expected.values)
        let isSame = stride(from: 0, to: found.count, by: expected.count).allSatisfy {
          found[$0..<$0 + expected.count].elementsEqual(expected)
        }
        #expect(isSame, "\(form), \(size), result \(index)")
      }
    }
  }

  @Test("An edge of factor 0 is as if it were not there")
  func zeroFactor() {
    let form = AttentionForm(hasFactors: true)
    let inputs = draw(form, AttentionSize(destinations: 4, sources: 4, edges: 5, width: 6))
    let all = EdgeIndex(sources: [0, 1, 2, 3, 0], destinations: [0, 0, 1, 2, 3], nodeCount: 4)
    let fewer = EdgeIndex(sources: [0, 2, 3, 0], destinations: [0, 1, 2, 3], nodeCount: 4)
    let kept = RowIndex([0, 2, 3, 4], rowCount: 5)
    let found = form.arguments([inputs[0], inputs[1], Tensor([1, 0, 1, 1, 1])])
    let expected = form.arguments([inputs[0], inputs[1].gathered(rows: kept), .ones([4])])
    #expect(
      found.fused(all, heads: 2).output.values == expected.fused(fewer, heads: 2).output.values)
  }

  @Test("NaN scores give NaN, there alone")
  func notANumber() {
    let edges = EdgeIndex(sources: [0, 1], destinations: [0, 1], nodeCount: 2)
    let projections = Tensor<Float>([.nan, 1, 1, 1, 1, 1], shape: [2, 3])
    let (output, scores) = edgeAttention(
      .packed(projections), edgeProjection: nil, edges: edges, heads: 1)
    #expect(output.values[0].isNaN && scores!.values[0].isNaN)
    #expect(output.values[1].isFinite && scores!.values[1] == 1)
  }

  /// The gradient of a logit beside one of 0, both into one node.
  private func gradient<S: TensorScalar>(_ logit: S) -> [S] {
    let edges = EdgeIndex(
      sources: [0, 1], destinations: [0, 0], sourceCount: 2, destinationCount: 1)
    // One channel: s = K Q, and K is the first column.
    let keyValue = Tensor<S>([logit, 2, 0, -1], shape: [2, 2]).trackingGradients()
    let form = AttentionForm(layout: .bipartite, hasProjection: false)
    form.arguments([.ones([1, 1]), keyValue]).fused(edges, heads: 1).output.sum().backward()
    return [keyValue.gradient!.values[0], keyValue.gradient!.values[2]]
  }

  private func clamp<S: TensorScalar>(_: S.Type) {
    let end: S = 5
    let logits = [end, end.nextDown, end.nextUp, -end, -end.nextUp, -end.nextDown, 1, 7, -80]
    for logit in logits {
      let found = gradient(logit)
      #expect((found[0] == 0) == (logit.magnitude > 5), "\(S.self) \(logit)")
      #expect(found[1] != 0)
    }
  }

  @Test("The clamp's ends are exact to the last bit in both precisions")
  func clampEnds() {
    clamp(Double.self)
    clamp(Float.self)
  }
}

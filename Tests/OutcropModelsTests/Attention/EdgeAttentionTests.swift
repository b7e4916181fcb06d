import Foundation
import OutcropBLAS
import OutcropGraph
import OutcropModels
import OutcropTensor
import OutcropTestSupport
import Testing

@Suite("Edge attention", .serialized)
struct EdgeAttentionTests {
  static let sizes: [(heads: Int, depth: Int)] = [
    (1, 1), (4, 8), (8, 8), (8, 7), (12, 37), (2, 16), (3, 5),
  ]

  /// Results and gradients of all inputs, for gradients of the results that differ everywhere.
  private func everything<S: TensorScalar>(
    _ variant: EdgeAttentionVariant, _ inputs: [Tensor<S>], _ edges: EdgeIndex, isReference: Bool
  ) -> [(name: String, values: Tensor<S>)] {
    let leaves = inputs.map(\.tracked)
    let results = variant.used(variant.call(leaves, edges, isReference: isReference))
    let total = results.map { ($0 * $0 + $0).sum() }.reduce(Tensor<S>(0), +)
    total.backward()
    return results.enumerated().map { ("result \($0)", $1.detached) }
      + leaves.enumerated().map {
        ("the gradient of input \($0)", $1.gradient ?? .zeros($1.shape))
      }
  }

  private func compare<S: TensorScalar>(
    _ sizes: (heads: Int, depth: Int), _: S.Type, tolerance: Double
  ) {
    var generator = RandomGenerator(seed: UInt64(sizes.heads * 100 + sizes.depth))
    for round in 0..<8 {
      var variant = EdgeAttentionVariant(heads: sizes.heads, depth: sizes.depth)
      variant.isBipartite = round & 1 > 0
      variant.hasEdgeProjection = round & 2 == 0
      variant.hasBias = round & 4 > 0
      variant.hasFactors = round % 3 == 0
      let destinations = 1 + generator.below(60)
      let sources = variant.isBipartite ? 1 + generator.below(90) : destinations
      let count = generator.below(4 * destinations)
      let edges = randomEdges(
        sources: sources, destinations: destinations, count: count, seed: generator.next())
      let inputs: [Tensor<S>] = variant.draw(
        sources: sources, destinations: destinations, edges: count, using: &generator)
      let found = everything(variant, inputs, edges, isReference: false)
      let expected = everything(variant, inputs, edges, isReference: true)
      // The gradient of a factor is a difference of terms of the other gradients' size; with one edge
      // into a node it is all but 0.
      let largest = expected.flatMap { $0.values.values }.map { Double($0.magnitude) }.max() ?? 0
      for (found, expected) in zip(found, expected) {
        let isFactors = expected.values.shape == [count]
        if let problem = difference(
          "\(variant), \(destinations) nodes, \(count) edges, \(found.name)", found.values,
          expected.values, tolerance: tolerance, scale: isFactors ? largest : 0)
        {
          Issue.record("\(problem)")
        }
      }
    }
  }

  @Test("equals the reference in double precision", arguments: sizes)
  func double(_ heads: Int, _ depth: Int) {
    compare((heads, depth), Double.self, tolerance: 1e-12)
  }

  @Test("equals the reference in single precision", arguments: sizes)
  func single(_ heads: Int, _ depth: Int) {
    compare((heads, depth), Float.self, tolerance: 1e-5)
  }

  @Test("has the same bits for 1, 2 and 8 threads", arguments: sizes)
  func threads(_ heads: Int, _ depth: Int) {
    let variant = EdgeAttentionVariant(
      heads: heads, depth: depth, hasFactors: true, hasBias: true)
    var generator = RandomGenerator(seed: 3)
    let edges = randomEdges(sources: 600, destinations: 600, count: 2500)
    let inputs: [Tensor<Float>] = variant.draw(
      sources: 600, destinations: 600, edges: 2500, using: &generator)
    let expected = withThreads(1) { everything(variant, inputs, edges, isReference: false) }
    for threads in [2, 8] {
      let found = withThreads(threads) { everything(variant, inputs, edges, isReference: false) }
      for (found, expected) in zip(found, expected) {
        #expect(
          bits(found.values) == bits(expected.values), "\(found.name), \(threads) threads")
      }
    }
  }

  @Test("gives 0 for nodes without incoming edges, with an explicit bias too")
  func isolatedNodes() {
    var generator = RandomGenerator(seed: 4)
    let edges = EdgeIndex(sources: [3, 0, 3], destinations: [1, 1, 3], nodeCount: 5)
    for hasBias in [false, true] {
      let variant = EdgeAttentionVariant(hasBias: hasBias)
      let inputs: [Tensor<Float>] = variant.draw(
        sources: 5, destinations: 5, edges: 3, using: &generator)
      let output = variant.call(inputs, edges).output.values
      for node in 0..<5 {
        let row = output[node * 6..<(node + 1) * 6]
        #expect(row.allSatisfy { $0 == 0 } == [0, 2, 4].contains(node))
      }
    }
  }

  @Test("An edge of factor 0 is as if it were not there")
  func zeroFactor() {
    var generator = RandomGenerator(seed: 9)
    let variant = EdgeAttentionVariant(hasFactors: true)
    let inputs: [Tensor<Double>] = variant.draw(
      sources: 4, destinations: 4, edges: 5, using: &generator)
    let all = EdgeIndex(sources: [0, 1, 2, 3, 0], destinations: [0, 0, 1, 2, 3], nodeCount: 4)
    let fewer = EdgeIndex(sources: [0, 2, 3, 0], destinations: [0, 1, 2, 3], nodeCount: 4)
    let kept = RowIndex([0, 2, 3, 4], rowCount: 5)
    let found = variant.call([inputs[0], inputs[1], Tensor([1, 0, 1, 1, 1])], all).output
    let expected = variant.call([inputs[0], inputs[1].gatherRows(kept), .ones([4])], fewer).output
    #expect(found.values == expected.values)
  }

  /// The gradient of two edges' logits, the first given and the second 0, that enter one node.
  private func clampGradient<S: TensorScalar>(_ logit: S, isReference: Bool) -> [S] {
    let edges = EdgeIndex(
      sources: [0, 1], destinations: [0, 0], sourceCount: 2, destinationCount: 1)
    // One channel: s = K Q, and the first column of K is the logit.
    let keyValue = Tensor<S>([logit, 2, 0, -1], shape: [2, 2]).tracked
    let variant = EdgeAttentionVariant(
      heads: 1, depth: 1, isBipartite: true, hasEdgeProjection: false, results: .output)
    variant.call([.ones([1, 1]), keyValue], edges, isReference: isReference).output.sum().backward()
    return [keyValue.gradient!.values[0], keyValue.gradient!.values[2]]
  }

  private func clamp<S: TensorScalar>(_: S.Type, tolerance: Double) {
    let end: S = 5
    let logits = [end, end.nextDown, end.nextUp, -end, -end.nextUp, -end.nextDown, 1, 7, -80]
    for logit in logits {
      let found = clampGradient(logit, isReference: false)
      let expected = clampGradient(logit, isReference: true)
      #expect((found[0] == 0) == (logit.magnitude > 5), "a logit of \(logit)")
      #expect(found[1] != 0)
      if let problem = difference("a logit of \(logit)", found, expected, tolerance: tolerance) {
        Issue.record("\(problem)")
      }
    }
  }

  @Test("stops the gradient strictly outside the clamp and passes it at the ends")
  func clamp() {
    clamp(Double.self, tolerance: 1e-12)
    clamp(Float.self, tolerance: 1e-5)
  }

  @Test("NaN scores give NaN, as the reference does")
  func notANumber() {
    let edges = EdgeIndex(sources: [0, 1], destinations: [0, 1], nodeCount: 2)
    let projections = Tensor<Float>([.nan, 1, 1, 1, 1, 1], shape: [2, 3])
    let (output, scores) = edgeAttention(
      .packed(projections), edgeProjection: nil, edges: edges, heads: 1)
    #expect(output.values[0].isNaN && scores!.values[0].isNaN)
    #expect(output.values[1].isFinite && scores!.values[1] == 1)
  }

  @Test("works at the largest width", arguments: [(1, 16384), (16384, 1), (128, 128)])
  func wide(_ heads: Int, _ depth: Int) {
    var generator = RandomGenerator(seed: 6)
    let variant = EdgeAttentionVariant(heads: heads, depth: depth, hasFactors: true, hasBias: true)
    let edges = randomEdges(sources: 3, destinations: 3, count: 4)
    let inputs: [Tensor<Double>] = variant.draw(
      sources: 3, destinations: 3, edges: 4, using: &generator)
    for (found, expected) in zip(
      everything(variant, inputs, edges, isReference: false),
      everything(variant, inputs, edges, isReference: true))
    {
      // Sums of 16384 terms in another order.
      if let problem = difference(
        "\(variant), \(found.name)", found.values, expected.values, tolerance: 1e-11)
      {
        Issue.record("\(problem)")
      }
    }
  }

  @Test("works at the largest width on the pool's threads", arguments: [1, 16384])
  func wideThreads(_ heads: Int) {
    var generator = RandomGenerator(seed: 6)
    var variant = EdgeAttentionVariant(heads: heads, depth: 16384 / heads)
    (variant.hasEdgeProjection, variant.hasBias, variant.results) = (false, true, .unrecorded)
    // Two nodes of 600 edges: a chunk of work each.
    let edges = EdgeIndex(
      sources: (0..<1200).map { Int32($0 % 2) }, destinations: (0..<1200).map { Int32($0 / 600) },
      nodeCount: 2)
    let inputs: [Tensor<Double>] = variant.draw(
      sources: 2, destinations: 2, edges: 1200, using: &generator)
    let expected = withThreads(1) { everything(variant, inputs, edges, isReference: false) }
    let found = withThreads(4) { everything(variant, inputs, edges, isReference: false) }
    for (found, expected) in zip(found, expected) {
      #expect(bits(found.values) == bits(expected.values), "\(found.name)")
    }
  }

  @Test("refuses shapes that don't fit, naming them")
  func refusals() async {
    func message(_ result: ExitTest.Result?) -> String {
      String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    }
    let heads = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let edges = EdgeIndex(sources: [], destinations: [], nodeCount: 2)
      _ = edgeAttention(
        .packed(Tensor<Float>.ones([2, 15])), edgeProjection: nil, edges: edges, heads: 2)
    }
    #expect(message(heads).contains("edgeAttention: 2 heads do not divide a width of 5"))
    let nodes = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let edges = EdgeIndex(sources: [], destinations: [], nodeCount: 3)
      _ = edgeAttention(
        .packed(Tensor<Float>.ones([2, 12])), edgeProjection: nil, edges: edges, heads: 2)
    }
    #expect(message(nodes).contains("projections [2, 12] for 3 sources and 3 destinations"))
    let projection = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let edges = EdgeIndex(sources: [0], destinations: [1], nodeCount: 2)
      _ = edgeAttention(
        .packed(Tensor<Float>.ones([2, 12])), edgeProjection: Tensor<Float>.ones([2, 4]),
        edges: edges, heads: 2)
    }
    #expect(message(projection).contains("edge projection [2, 4]; expected [1, 4]"))
    let width = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let edges = EdgeIndex(sources: [], destinations: [], nodeCount: 0)
      _ = edgeAttention(
        .packed(Tensor<Float>.ones([0, 3 * 16385])), edgeProjection: nil, edges: edges, heads: 1)
    }
    #expect(message(width).contains("a width of 16385; at most 16384"))
  }
}

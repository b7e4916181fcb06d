import Foundation
import OutcropGraph
import OutcropModels
import OutcropTensor
import OutcropTestSupport
import Testing

@Suite("Gradients of model operations", .serialized)
struct GradientChecks {
  // One test for each case of the enumeration: an operation that no case of the table puts on the tape
  // fails its test.
  @Test("agree with finite differences", arguments: ModelOperation.allCases)
  func differences(_ operation: ModelOperation) {
    for problem in gradientProblems(of: operation, in: modelCases(Double.self)) {
      Issue.record("\(problem)")
    }
  }

  @Test(
    "and results have the same bits for 1, 2 and 8 threads", arguments: ModelOperation.allCases)
  func threads(_ operation: ModelOperation) {
    for problem in threadProblems(of: operation, in: modelCases(Float.self)) {
      Issue.record("\(problem)")
    }
  }

  @Test("The differences are taken inside the clamp")
  func insideClamp() {
    let cases = modelCases(Double.self)
    for (number, (form, current)) in zip(AttentionForm.all, cases).enumerated() {
      for (index, shapes) in current.shapes.enumerated() {
        let inputs = current.inputs(shapes, seed: UInt64(1000 * number + index + 1))
        let call = form.call(inputs)
        let scores = call.arguments.reference(call.edges, heads: call.heads).scores
        let depth = scores.shape[1] / call.heads
        let sums = scores.reshaped([call.edges.edgeCount, call.heads, depth]).sum(axes: [2])
        #expect(
          sums.values.allSatisfy { $0.magnitude < 4.8 },
          "\(current.name) \(shapes): \(sums.values)")
      }
    }
  }

  @Test("The clamp passes no gradient outside −5 ... 5, and all of it inside and at the ends")
  func clamp() {
    // One head of one channel. Each node has an edge from source 0, whose K is 1: its score is Q_i;
    // and one from source 1, whose K is 0: its weight doesn't depend on Q_i.
    let logits = [-7, -5.0000001, -5, -4.9999999, 0, 4.9999999, 5, 5.0000001, 7]
    let nodes = (0..<Int32(logits.count)).map { $0 }
    let edges = EdgeIndex(
      sources: nodes.map { _ in 0 } + nodes.map { _ in 1 }, destinations: nodes + nodes,
      sourceCount: 2, destinationCount: logits.count)
    func gradient(fused: Bool) -> (q: [Double], kv: [Double]) {
      let q = Tensor(logits, shape: [logits.count, 1]).trackingGradients()
      let kv = Tensor([1.0, 3, 0, -2], shape: [2, 2]).trackingGradients()
      let projections = AttentionProjections.bipartite(query: q, keyValue: kv)
      let output =
        fused
        ? edgeAttention(
          projections, edgeProjection: nil, edges: edges, heads: 1, recordsScores: false
        ).output
        : referenceEdgeAttention(projections, edgeProjection: nil, edges: edges, heads: 1).output
      output.sum().backward()
      return (q.gradient!.values, kv.gradient!.values)
    }
    let (found, expected) = (gradient(fused: true), gradient(fused: false))
    #expect(difference("dQ", found.q, expected.q, tolerance: 1e-12) == nil)
    #expect(difference("dKV", found.kv, expected.kv, tolerance: 1e-12) == nil)
    for (logit, slope) in zip(logits, found.q) {
      // d out / d Q = 5 w / (1 + w)² with w = exp(Q), up to the 1e-6 of the denominator.
      let w = exp(logit)
      let formula = abs(logit) > 5 ? 0 : 5 * w / ((1 + w) * (1 + w))
      #expect(abs(slope - formula) <= 1e-5 * formula, "slope \(slope) at \(logit)")
    }
  }
}

import OutcropGraph
import OutcropModels
import OutcropTensor
import OutcropTestSupport

/// Sizes for finite differences: several nodes, one node with one edge, no node, no edge, one channel.
let smallAttentionSizes = [
  AttentionSize(destinations: 4, sources: 3, edges: 6, width: 4),
  AttentionSize(destinations: 1, sources: 1, edges: 1, width: 2),
  AttentionSize(destinations: 0, sources: 2, edges: 0, width: 4),
  AttentionSize(destinations: 3, sources: 3, edges: 0, width: 2),
  AttentionSize(destinations: 3, sources: 2, edges: 4, width: 1),
]

/// A call of every differentiable operation of the module, for the checks of gradients and of threads.
func modelCases<S: TensorScalar>(_ scalar: S.Type) -> [OperationCase<S>] {
  attentionCases(scalar) + FeedForwardForm.cases(scalar)
}

private func attentionCases<S: TensorScalar>(_: S.Type) -> [OperationCase<S>] {
  AttentionForm.all.map { form in
    OperationCase(
      ModelOperation.edgeAttention, form.description, domains: form.domains,
      shapes: smallAttentionSizes.map(form.shapes),
      // Several ranges of destinations and of sources.
      large: [form.shapes(AttentionSize(destinations: 700, sources: 900, edges: 2000, width: 16))]
    ) { inputs in
      let call = form.call(inputs)
      let (output, scores) = call.arguments.fused(
        call.edges, heads: call.heads, recordsScores: form.results != .notRecorded)
      switch form.results {
      case .both: return [output, scores!]
      case .outputOnly, .notRecorded: return [output]
      case .scoresOnly: return [scores!]
      }
    }
  }
}

extension AttentionForm {
  /// A call that depends on the inputs alone: edges are drawn for their shapes. Projections and biases
  /// are scaled down, so that sums of scores stay inside the clamp, where differences are smooth.
  func call<S: TensorScalar>(
    _ inputs: [Tensor<S>]
  ) -> (arguments: AttentionArguments<S>, edges: EdgeIndex, heads: Int) {
    let nodes = inputs[0].shape[0]
    let sources = layout == .bipartite ? inputs[1].shape[0] : nodes
    let parts = layout == .packed ? 3 : layout == .twofold ? 5 : 1
    let width = inputs[0].shape[1] / parts
    let projectionCount = layout == .bipartite ? 2 : 1
    let edgeCount =
      hasProjection || hasFactors
      ? inputs[projectionCount].shape[0] : nodes == 0 ? 0 : 2 * nodes - 1
    let edges = randomEdges(
      edgeCount, sources: sources, destinations: nodes,
      seed: UInt64(1 + nodes + 7 * sources + 31 * edgeCount + 101 * width))
    let firstBias = projectionCount + (hasProjection ? 1 : 0) + (hasFactors ? 1 : 0)
    let scaled = inputs.enumerated().map { index, input in
      index < projectionCount || index >= firstBias ? input * 0.5 : input
    }
    return (arguments(scaled, edgeCount: edgeCount), edges, width % 2 == 0 ? 2 : 1)
  }
}

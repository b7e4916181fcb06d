import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropTensor

/// Edge attention of one layer (width 64, 8 heads), forward and forward with backward: the fused operation,
/// compared with plain tensor operations.
///
/// Bytes: every array once for each pass that reads or writes it.
func measureAttention(_ workload: Workload, _ effort: Effort) -> [Measurement] {
  let batch = workload.batches[0]
  return AttentionCase(batch.edges).measure(effort, withPlain: true)
    + AttentionCase(molecules(edges: 1_000_000)).measure(
      effort.atMost(9), withPlain: false)
}

/// A batch of graphs of 24 nodes with two random edges into each node.
func molecules(edges count: Int) -> EdgeIndex {
  let nodes = max(24, count / 2)
  var generator = RandomGenerator(seed: 4)
  var (sources, destinations): ([Int32], [Int32]) = ([], [])
  for edge in 0..<count {
    let node = edge % nodes
    sources.append(Int32(node))
    destinations.append(Int32(min(nodes - 1, node / 24 * 24 + generator.below(24))))
  }
  return EdgeIndex(sources: sources, destinations: destinations, nodeCount: nodes)
}

/// Inputs and gradients of one call.
struct AttentionCase {
  let edges: EdgeIndex
  private let qkv, p, dOut, dScores: Tensor<Float>

  init(_ edges: EdgeIndex) {
    self.edges = edges
    var generator = RandomGenerator(seed: 2)
    let (n, e) = (edges.destinationCount, edges.edgeCount)
    qkv = .normal([n, 192], using: &generator)
    p = .normal([e, 64], using: &generator)
    dOut = .normal([n, 64], using: &generator)
    dScores = .normal([e, 64], using: &generator)
  }

  /// q, k, v, P and indices in; scores, their sums, output and weight sums out.
  var forwardBytes: Double {
    let (n, e) = (Double(edges.destinationCount), Double(edges.edgeCount))
    return 4 * (n * (192 + 64 + 8) + e * (64 + 64 + 8 + 2))
  }

  /// The forward pass's inputs and results without the scores, the gradients of inputs and results,
  /// and two numbers for each edge and head that the first half of the pass stores for the second.
  var backwardBytes: Double {
    let (n, e) = (Double(edges.destinationCount), Double(edges.edgeCount))
    return 4 * (n * (192 + 64 + 8 + 64 + 192) + e * (64 + 8 + 64 + 64 + 2 * 16 + 2))
  }

  /// Arrays that fit in the caches are not counted.
  private var fits: Bool { forwardBytes < 64e6 }
  var forwardCost: Cost { Cost(bytes: fits ? nil : forwardBytes) }
  var bothCost: Cost { Cost(bytes: fits ? nil : forwardBytes + backwardBytes) }

  func forward() {
    withoutGradients { _ = edgeAttention(.packed(qkv), edgeProjection: p, edges: edges, heads: 8) }
  }

  func both() {
    let result = edgeAttention(
      .packed(qkv.trackingGradients()), edgeProjection: p.trackingGradients(), edges: edges,
      heads: 8)
    backward(result.output, result.scores!)
  }

  /// A loss without cost, which only passes given gradients to the backward pass.
  private func backward(_ output: Tensor<Float>, _ scores: Tensor<Float>) {
    Tensor<Float>.record(GivenGradients.loss, inputs: [output, scores], output: Tensor(0)) {
      _, sink in
      sink.add(0, dOut)
      sink.add(1, dScores)
    }.backward()
  }

  private func plain(_ isBackward: Bool) {
    let (qkv, p) = isBackward ? (qkv.trackingGradients(), p.trackingGradients()) : (qkv, p)
    let result = referenceEdgeAttention(.packed(qkv), edgeProjection: p, edges: edges, heads: 8)
    if isBackward { backward(result.output, result.scores) }
  }

  func measure(_ effort: Effort, withPlain: Bool) -> [Measurement] {
    let shape = "\(edges.destinationCount) nodes, \(edges.edgeCount) edges, 8 × 8"
    var ways: [[(name: String, body: () -> Void)]] = [
      [(outcropWay, forward)], [(outcropWay, both)],
    ]
    if withPlain {
      ways[0].append(("plain operations", { withoutGradients { plain(false) } }))
      ways[1].append(("plain operations", { plain(true) }))
    }
    return sideBySide(
      .attention, "edge attention, forward: \(shape)", effort, forwardCost, ways[0])
      + sideBySide(
        .attention, "edge attention, forward and backward: \(shape)", effort, bothCost, ways[1])
  }
}

/// The operation at the end of a tape with given gradients.
private enum GivenGradients: String, DifferentiableOperation {
  case loss
}

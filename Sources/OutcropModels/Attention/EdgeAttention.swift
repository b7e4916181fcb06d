import CKernels
import OutcropBLAS
import OutcropCore
import OutcropGraph
import OutcropTensor

/// The projected node features that edge attention reads, D = heads · depth columns each.
public enum AttentionProjections<Scalar: TensorScalar>: Sendable {
  /// Q, K and V concatenated by columns, [N, 3 D]: one product computes all three. Sources and destinations
  /// are the same nodes.
  case packed(Tensor<Scalar>)
  /// Q of the destinations [N_dst, D]; K and V of the sources, concatenated by columns [N_src, 2 D].
  case bipartite(query: Tensor<Scalar>, keyValue: Tensor<Scalar>)
  /// Q, K, V, Q₂ and K₂ concatenated by columns, [N, 5 D]: edges that `alternate` [E] marks with 1 use Q₂
  /// and K₂, the others (0) use Q and K.
  case twofold(Tensor<Scalar>, alternate: [Int32])
}

/// Edge-featured attention as one operation, with one pass over the edges forward and two backward.
///
/// For an edge e = (j → i) and each head, elementwise over its d channels:
///
///     s_e   = (K_j ⊙ Q_i) / √d ⊙ P_e + b_e e_bias      with b_e = (Q_i · k_bias) / √d
///     w_e   = f_e · exp(clamp(Σ s_e, −5, 5))
///     out_i = Σ w_e (V_j + v_bias) / (Σ w_e + 1e-6)
///
/// A node without incoming edges gets 0. Source: Dwivedi & Bresson 2021 and arXiv 2409.03463.
/// `referenceEdgeAttention` computes the same with plain operations.
///
/// - Parameters:
///   - projections: Q, K and V.
///   - edgeProjection: P [E, D] in destination order, or nil for P = 1.
///   - edges: the edges, grouped by destination.
///   - heads: the number of heads; must divide D.
///   - bias: the Explicit Bias Term.
///   - factors: f [E], weights of the edges in a full graph, or nil for 1.
///   - recordsScores: whether s is returned.
/// - Returns: out [N_dst, D], and s [E, D] in destination order if `recordsScores`: the layer's recorded
///   node and edge activations. Both can be differentiated.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func edgeAttention<Scalar: TensorScalar>(
  _ projections: AttentionProjections<Scalar>, edgeProjection: Tensor<Scalar>?, edges: EdgeIndex,
  heads: Int, bias: EdgeAttentionBias<Scalar>? = nil, factors: Tensor<Scalar>? = nil,
  recordsScores: Bool = true
) -> (output: Tensor<Scalar>, scores: Tensor<Scalar>?) {
  let call = EdgeAttentionCall(
    projections, edgeProjection: edgeProjection, edges: edges, heads: heads, bias: bias,
    factors: factors)
  let saved = EdgeAttentionResult(call, recordsScores: recordsScores)
  saved.compute(call)
  let outputs = [saved.output] + (saved.scores.map { [$0] } ?? [])
  let kept = call.detached
  let results = Tensor.record(
    ModelOperation.edgeAttention, inputs: call.inputs, outputs: outputs
  ) { gradients, sink in
    kept.backward(saved, gradients[0], gradients.count > 1 ? gradients[1] : nil, sink)
  }
  return (results[0], results.count > 1 ? results[1] : nil)
}

/// The inputs of one call, checked.
private struct EdgeAttentionCall<Scalar: TensorScalar> {
  let edges: EdgeIndex
  let heads: Int
  let width: Int
  /// The positions of Q, K and V: tensor number in `inputs`, first column.
  let query, key, value: (input: Int, column: Int)
  /// 1 for each edge that uses the second query and key, 3 D columns after the first ones.
  let alternate: [Int32]?
  /// The projections (1 or 2), then P, factors and the three biases, if they exist.
  var inputs: [Tensor<Scalar>]
  let edgeProjection, factors, bias: Int?

  init(
    _ projections: AttentionProjections<Scalar>, edgeProjection: Tensor<Scalar>?, edges: EdgeIndex,
    heads: Int, bias: EdgeAttentionBias<Scalar>?, factors: Tensor<Scalar>?
  ) {
    self.edges = edges
    self.heads = heads
    let (nodes, edgeCount) = (edges.destinationCount, edges.edgeCount)
    var alternate: [Int32]?
    switch projections {
    case .twofold(let all, let marks):
      width = all.shape.last.map { $0 / 5 } ?? 0
      require(
        all.shape == [nodes, 5 * width] && edges.sourceCount == nodes,
        "edgeAttention: projections \(all.shape) for \(edges.sourceCount) sources and \(nodes) "
          + "destinations; expected [N, 5 D] for N of both")
      require(
        marks.count == edgeCount,
        "edgeAttention: \(marks.count) marks of edges; expected \(edgeCount)")
      inputs = [all]
      alternate = marks
      (query, key, value) = ((0, 0), (0, width), (0, 2 * width))
    case .packed(let qkv):
      width = qkv.shape.last.map { $0 / 3 } ?? 0
      require(
        qkv.shape == [nodes, 3 * width] && edges.sourceCount == nodes,
        "edgeAttention: projections \(qkv.shape) for \(edges.sourceCount) sources and \(nodes) "
          + "destinations; expected [N, 3 D] for N of both")
      inputs = [qkv]
      (query, key, value) = ((0, 0), (0, width), (0, 2 * width))
    case .bipartite(let q, let kv):
      width = q.shape.last ?? 0
      require(
        q.shape == [nodes, width] && kv.shape == [edges.sourceCount, 2 * width],
        "edgeAttention: query \(q.shape) and key-value \(kv.shape) for \(nodes) destinations and "
          + "\(edges.sourceCount) sources; expected [N_dst, D] and [N_src, 2 D]")
      inputs = [q, kv]
      (query, key, value) = ((0, 0), (1, 0), (1, width))
    }
    self.alternate = alternate
    require(
      heads > 0 && width > 0 && width % heads == 0,
      "edgeAttention: \(heads) heads do not divide a width of \(width)")
    require(width <= 16384, "edgeAttention: a width of \(width); at most 16384 is supported")
    var all = inputs
    if let edgeProjection {
      require(
        edgeProjection.shape == [edgeCount, width],
        "edgeAttention: edge projection \(edgeProjection.shape); expected [\(edgeCount), \(width)]")
      all.append(edgeProjection)
    }
    self.edgeProjection = edgeProjection == nil ? nil : all.count - 1
    if let factors {
      require(
        factors.shape == [edgeCount],
        "edgeAttention: factors \(factors.shape); expected [\(edgeCount)]")
      all.append(factors)
    }
    self.factors = factors == nil ? nil : all.count - 1
    for tensor in bias.map({ [$0.key, $0.edge, $0.value] }) ?? [] {
      require(
        tensor.count == width,
        "edgeAttention: a bias of shape \(tensor.shape); expected \(width) elements")
      all.append(tensor)
    }
    self.bias = bias == nil ? nil : all.count - 3
    inputs = all
  }

  var detached: EdgeAttentionCall {
    var result = self
    result.inputs = inputs.map(\.detached)
    return result
  }

  func pointer(_ input: Int?) -> UnsafeRawPointer? {
    input.map { UnsafeRawPointer(inputs[$0].base) }
  }

  func stride(_ place: (input: Int, column: Int)) -> Int { inputs[place.input].shape[1] }

  func pointer(_ place: (input: Int, column: Int)) -> UnsafeRawPointer {
    UnsafeRawPointer(inputs[place.input].base + place.column)
  }

  /// The bytes that one pass reads and writes: P and the scores, Q, K, V and the output; backward also their
  /// gradients.
  private func byteCount(_ saved: EdgeAttentionResult<Scalar>, isBackward: Bool) -> Int {
    let ofEdges = (edgeProjection == nil ? 0 : isBackward ? 2 : 1) + (saved.scores == nil ? 0 : 1)
    let rows = ofEdges * edges.edgeCount + (isBackward ? 8 : 4) * edges.destinationCount
    return rows * width * MemoryLayout<Scalar>.stride
  }

  /// Calls `body` with the kernel's arguments, whose pointers are valid only during the call.
  func withKernelArguments(
    _ saved: EdgeAttentionResult<Scalar>, isBackward: Bool,
    _ body: (UnsafePointer<oc_edge_attention>) -> Void
  ) {
    edges.sources.withUnsafeBufferPointer { sources in
      edges.destinationOffsets.withUnsafeBufferPointer { offsets in
        (alternate ?? []).withUnsafeBufferPointer { marks in
          var arguments = oc_edge_attention(
            heads: Int64(heads), depth: Int64(width / heads), q_stride: Int64(stride(query)),
            k_stride: Int64(stride(key)), v_stride: Int64(stride(value)), q: pointer(query),
            k: pointer(key), v: pointer(value),
            alternate: alternate == nil ? nil : validPointer(marks),
            q_alternate: Int64(3 * width), k_alternate: Int64(3 * width),
            p: pointer(edgeProjection),
            factors: pointer(factors), key_bias: pointer(bias),
            edge_bias: pointer(bias.map { $0 + 1 }),
            value_bias: pointer(bias.map { $0 + 2 }), sources: validPointer(sources),
            offsets: validPointer(offsets), scores: saved.scores.map { $0.storage.base },
            logits: saved.logits.storage.base, out: saved.output.storage.base,
            weight_sum: saved.weightSums.storage.base,
            streams: exceedsCaches(byteCount(saved, isBackward: isBackward)) ? 1 : 0)
          withExtendedLifetime((self, saved)) { withUnsafePointer(to: &arguments) { body($0) } }
        }
      }
    }
  }

  func backward(
    _ saved: EdgeAttentionResult<Scalar>, _ dOutput: Tensor<Scalar>?, _ dScores: Tensor<Scalar>?,
    _ sink: GradientSink<Scalar>
  ) {
    if dOutput == nil && dScores == nil { return }
    // Each input's gradient is written completely, because Q, K and V cover all columns of their tensors.
    let gradients = inputs.indices.map { index in
      index < (bias ?? inputs.count)
        ? Tensor<Scalar>(unsafeUninitialized: inputs[index].shape) { _ in } : nil
    }
    func target(_ place: (input: Int, column: Int)) -> UnsafeMutableRawPointer {
      UnsafeMutableRawPointer(gradients[place.input]!.storage.base + place.column)
    }
    let scratch = Tensor<Scalar>(unsafeUninitialized: [2, edges.edgeCount, heads]) { _ in }
    var biasGradient: Tensor<Scalar>?
    withKernelArguments(saved, isBackward: true) { attention in
      edges.destinations.withUnsafeBufferPointer { destinations in
        edges.sourceOffsets.withUnsafeBufferPointer { sourceOffsets in
          edges.sourceOrder.withUnsafeBufferPointer { sourceOrder in
            var arguments = oc_edge_attention_gradient(
              attention: attention, d_out: dOutput.map { UnsafeRawPointer($0.base) },
              d_scores: dScores.map { UnsafeRawPointer($0.base) },
              dq_stride: Int64(stride(query)), dk_stride: Int64(stride(key)),
              dv_stride: Int64(stride(value)), dq: target(query), dk: target(key),
              dv: target(value), dp: edgeProjection.map { gradients[$0]!.storage.base },
              d_factors: factors.map { gradients[$0]!.storage.base },
              d_logits: scratch.storage.base,
              alpha: scratch.storage.base + edges.edgeCount * heads,
              destinations: validPointer(destinations), source_offsets: validPointer(sourceOffsets),
              source_order: validPointer(sourceOrder))
            withUnsafePointer(to: &arguments) { biasGradient = runBackward($0) }
          }
        }
      }
    }
    withExtendedLifetime((dOutput, dScores, scratch)) {}
    for (index, gradient) in gradients.enumerated() {
      if let gradient { sink.add(index, gradient) }
    }
    if let bias, let biasGradient {
      for part in 0..<3 {
        sink.add(
          bias + part,
          biasGradient.sliced(part * width..<(part + 1) * width)
            .reshaped(inputs[bias + part].shape))
      }
    }
  }

  private func runBackward(
    _ gradient: UnsafePointer<oc_edge_attention_gradient>
  ) -> Tensor<Scalar>? {
    nonisolated(unsafe) let gradient = gradient
    let kernels = Kernels<Scalar>.table
    // If the graph consists of parts without edges between them, the second pass follows the first part by
    // part, while the data are still in the cache.
    let pieces = edges.closedRanges
    let ranges = pieces ?? workRanges(edges.destinationOffsets)
    func destinations(_ range: Range<Int>, _ biases: UnsafeMutablePointer<Double>?) {
      kernels.edge_attention_gradient_destinations(
        gradient, biases, Int64(range.lowerBound), Int64(range.upperBound))
      if pieces != nil { sources(range) }
    }
    func sources(_ range: Range<Int>) {
      kernels.edge_attention_gradient_sources(
        gradient, Int64(range.lowerBound), Int64(range.upperBound))
    }
    var biasGradient: Tensor<Scalar>?
    if bias != nil {
      let total = summedOverChunks(ranges.count, width: 3 * width, grain: 1) {
        destinations(ranges[$0.lowerBound], $1)
      }
      biasGradient = .rounded(total, 0..<total.count)
    } else {
      ThreadPool.run(chunks: ranges.count) { destinations(ranges[$0], nil) }
    }
    if pieces == nil {
      let bySource = workRanges(edges.sourceOffsets)
      ThreadPool.run(chunks: bySource.count) { sources(bySource[$0]) }
    }
    return biasGradient
  }
}

/// The results of the forward pass; the backward pass reads all of them except the scores.
private struct EdgeAttentionResult<Scalar: TensorScalar> {
  let output: Tensor<Scalar>
  let scores: Tensor<Scalar>?
  let logits: Tensor<Scalar>
  let weightSums: Tensor<Scalar>

  init(_ call: EdgeAttentionCall<Scalar>, recordsScores: Bool) {
    let (nodes, edges) = (call.edges.destinationCount, call.edges.edgeCount)
    output = Tensor(unsafeUninitialized: [nodes, call.width]) { _ in }
    scores = recordsScores ? Tensor(unsafeUninitialized: [edges, call.width]) { _ in } : nil
    logits = Tensor(unsafeUninitialized: [edges, call.heads]) { _ in }
    weightSums = Tensor(unsafeUninitialized: [nodes, call.heads]) { _ in }
  }

  func compute(_ call: EdgeAttentionCall<Scalar>) {
    let ranges = workRanges(call.edges.destinationOffsets)
    call.withKernelArguments(self, isBackward: false) { attention in
      nonisolated(unsafe) let attention = attention
      ThreadPool.run(chunks: ranges.count) { chunk in
        Kernels<Scalar>.table.edge_attention(
          attention, Int64(ranges[chunk].lowerBound), Int64(ranges[chunk].upperBound))
      }
    }
  }
}

/// Ranges of consecutive groups with about 256 edges each.
private func workRanges(_ offsets: [Int32]) -> [Range<Int>] {
  var ranges: [Range<Int>] = []
  var start = 0
  for group in 1..<max(1, offsets.count)
  where offsets[group] - offsets[start] >= 256 || group - start >= 256 {
    ranges.append(start..<group)
    start = group
  }
  if start < offsets.count - 1 { ranges.append(start..<(offsets.count - 1)) }
  return ranges
}

/// A pointer that is never nil, even for an empty array, which the kernels do not read.
private func validPointer(_ buffer: UnsafeBufferPointer<Int32>) -> UnsafePointer<Int32> {
  buffer.baseAddress ?? UnsafePointer(bitPattern: MemoryLayout<Int32>.alignment)!
}

import OutcropCore
import OutcropGraph
import OutcropStatistics
import OutcropTensor

/// Summarizes a model's activations layer by layer as they are computed, in memory that does not grow
/// with the data.
///
/// A graph counts as one batch of the summaries; so does a batch of sampled neighbors. Graphs are numbered in
/// the order of the batches. In evaluation, this is their order in the split.
public final class SummaryObserver: ActivationObserver {
  /// The summaries of each kind, by layer. A layer without activations of a kind has an empty one.
  public private(set) var summaries: [ActivationKind: [ActivationSummary]] = [:]
  /// The thresholds and medians of the summaries.
  public let options: ActivationSummary.Options
  private let kinds: Set<ActivationKind>
  private let edgeKinds: EdgeKinds

  /// An observer without any activation yet.
  ///
  /// - Parameters:
  ///   - kinds: the kinds to summarize; `GraphModel.announced` lists those of a model.
  ///   - options: the thresholds and medians of the summaries.
  ///   - edgeKinds: the kinds that edges are counted under (see `GraphDataset.edgeKinds`).
  public init(
    kinds: Set<ActivationKind> = [.edge, .node], options: ActivationSummary.Options = .init(),
    edgeKinds: EdgeKinds = EdgeKinds(vocabularies: [])
  ) {
    (self.kinds, self.options, self.edgeKinds) = (kinds, options, edgeKinds)
  }

  public func wants(_ kind: ActivationKind) -> Bool { kinds.contains(kind) }

  public func observe<Scalar: TensorScalar>(_ activation: Activation<Scalar>, in batch: GraphBatch)
  {
    let (count, width) = (activation.values.shape[0], activation.values.shape[1])
    let layout = RowLayout(
      activation.rows, count: count, layer: activation.layer, batch, edgeKinds)
    // The list is moved out of the dictionary so that adding does not copy the summaries.
    var list = summaries.removeValue(forKey: activation.kind) ?? []
    while list.count <= activation.layer { list.append(ActivationSummary(options: options)) }
    do {
      try activation.withFloats { values in
        let array = try ActivationArray(
          values, rowCount: count, width: width,
          batchOffsets: layout.offsets)
        try list[activation.layer].add(array, origins: layout.origins)
      }
    } catch {
      let place = "\(activation.kind.rawValue), layer \(activation.layer)"
      require(false, "SummaryObserver: \(place): \(error)")
    }
    summaries[activation.kind] = list
  }
}

extension Activation {
  /// Calls `body` with the values as `Float`.
  package func withFloats<Result>(
    _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) rethrows -> Result {
    if let values = values as? Tensor<Float> { return try values.withUnsafeBufferPointer(body) }
    return try values.values.map { Float($0) }.withUnsafeBufferPointer(body)
  }
}

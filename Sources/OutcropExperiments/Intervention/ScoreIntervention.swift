import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropStatistics
import OutcropTensor

/// Changes entries of a model's recorded edge activations before the layers use them: those that are massive, or
/// entries at given places.
///
/// Pass it to `Evaluation` among the observers. A batch without such an entry is left as it is, bit for bit.
public final class ScoreIntervention: ActivationIntervention {
  /// Which entries change.
  enum Selection {
    /// Those with a ratio over the threshold, as the running pass computes them.
    case massive
    /// Positions in the activations [rows, width] of each layer and batch.
    case entries([Int: [Int: [Int]]])
  }

  public let kind: InterventionKind
  public let median: MedianKind
  public let threshold: Float
  /// The layers that change; nil for all.
  public let layers: Set<Int>?
  private let convention: MedianConvention
  private let means: [Int: [Float]]
  private let selection: Selection

  /// The entries changed so far in each layer.
  public private(set) var changedCounts: [Int: Int] = [:]
  /// The batch that runs, for entries at given places.
  var batchNumber = 0
  /// Layers that were announced, and those whose activations were offered for change.
  private(set) var announcedLayers: Set<Int> = []
  private(set) var offeredLayers: Set<Int> = []

  /// Changes massive entries.
  ///
  /// - Parameters:
  ///   - kind: what an entry becomes.
  ///   - median: the median that makes an entry massive.
  ///   - threshold: an entry with a larger ratio is massive.
  ///   - layers: the layers that change; nil for all.
  ///   - channelMeans: the channels' means of each layer, which `mean` needs; 0 where missing.
  ///   - convention: the median of an even count of values.
  public convenience init(
    _ kind: InterventionKind, by median: MedianKind, threshold: Float = 1000,
    layers: Set<Int>? = nil, channelMeans: [Int: [Float]] = [:],
    convention: MedianConvention = .meanOfMiddle
  ) {
    self.init(
      kind, by: median, threshold: threshold, layers: layers, channelMeans: channelMeans,
      convention: convention, selection: .massive)
  }

  init(
    _ kind: InterventionKind, by median: MedianKind, threshold: Float, layers: Set<Int>?,
    channelMeans: [Int: [Float]], convention: MedianConvention, selection: Selection
  ) {
    (self.kind, self.median, self.threshold, self.layers) = (kind, median, threshold, layers)
    (means, self.convention, self.selection) = (channelMeans, convention, selection)
  }

  public func wants(_ kind: ActivationKind) -> Bool { kind == .edge }

  public func observe<Scalar: TensorScalar>(_ activation: Activation<Scalar>, in batch: GraphBatch)
  {
    announcedLayers.insert(activation.layer)
  }

  public func replacement<Scalar: TensorScalar>(
    for activation: Activation<Scalar>, in batch: GraphBatch
  ) -> Tensor<Scalar>? {
    let layer = activation.layer
    offeredLayers.insert(layer)
    if let layers, !layers.contains(layer) { return nil }
    if case .entries(let all) = selection, all[layer]?[batchNumber] == nil { return nil }
    return ScoreMedians.with(activation, in: batch, median, convention) { values, medians in
      let width = activation.values.shape[1]
      let positions: [Int] =
        switch selection {
        case .entries(let all): all[layer]?[batchNumber] ?? []
        case .massive:
          values.indices.filter { values[$0].magnitude / medians[$0 / width] > threshold }
        }
      if positions.isEmpty { return nil }
      changedCounts[layer, default: 0] += positions.count
      let means = means[layer] ?? []
      var result = activation.values.values
      for position in positions {
        let channel = position % width
        result[position] = Scalar(
          kind.replacement(
            of: values[position], median: medians[position / width],
            mean: channel < means.count ? means[channel] : 0))
      }
      return Tensor(result, shape: activation.values.shape)
    }
  }
}

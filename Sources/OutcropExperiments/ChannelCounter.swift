import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropReport
import OutcropStatistics
import OutcropTensor

/// An observer that counts, for each layer, edge type and channel of the recorded edge activations, the edges
/// whose ratio is over each of several thresholds, by the row median and by the batch median (one graph is
/// one batch).
///
/// Ratios are strictly over a threshold; undefined ones are not counted. Blocks of sampled neighbors are
/// left out, because their edges are no graph's own.
public final class ChannelCounter: ActivationObserver {
  private struct Counts {
    var edges = 0
    /// [thresholds][channels]
    var over: [[Int]]
  }

  private struct Key: Hashable {
    var layer: Int
    var median: MedianKind
  }

  /// Ascending.
  public let thresholds: [Float]
  private let medians: [MedianKind]
  private let convention: MedianConvention
  private let edgeKinds: EdgeKinds
  private var counts: [Key: [Int32: Counts]] = [:]

  /// An observer without any activation yet.
  ///
  /// - Parameters:
  ///   - thresholds: the ratios that are counted.
  ///   - medians: the medians of the ratios.
  ///   - convention: the median of an even count.
  ///   - edgeKinds: the kinds that edges are counted under (see `GraphDataset.edgeKinds`).
  public init(
    thresholds: [Float], medians: [MedianKind] = MedianKind.allCases,
    convention: MedianConvention = .meanOfMiddle,
    edgeKinds: EdgeKinds = EdgeKinds(vocabularies: [])
  ) {
    self.thresholds = Set(thresholds).sorted()
    (self.medians, self.convention, self.edgeKinds) = (medians, convention, edgeKinds)
  }

  public func wants(_ kind: ActivationKind) -> Bool { kind == .edge }

  public func observe<Scalar: TensorScalar>(
    _ activation: Activation<Scalar>, in batch: GraphBatch
  ) {
    guard activation.kind == .edge, batch.blocks.isEmpty else { return }
    let (count, width) = (activation.values.shape[0], activation.values.shape[1])
    let types = edgeKinds(batch.edgeTypes, count: count)
    for median in medians {
      let key = Key(layer: activation.layer, median: median)
      var found = counts.removeValue(forKey: key) ?? [:]
      ScoreMedians.with(activation, in: batch, median, convention) { values, medians in
        add(values, width: width, types: types, medians: medians, to: &found)
      }
      counts[key] = found
    }
  }

  private func add(
    _ values: UnsafeBufferPointer<Float>, width: Int, types: [Int32], medians: [Float],
    to found: inout [Int32: Counts]
  ) {
    guard let least = thresholds.first else { return }
    for row in medians.indices {
      let type = types.isEmpty ? -1 : types[row]
      if found[type] == nil {
        found[type] = Counts(
          over: [[Int]](
            repeating: [Int](repeating: 0, count: width), count: thresholds.count))
      }
      found[type]!.edges += 1
      let median = medians[row]
      // Most rows have no ratio over the least threshold.
      let bound = least * median
      for channel in 0..<width {
        let magnitude = values[row * width + channel].magnitude
        guard magnitude > bound else { continue }
        let ratio = magnitude / median
        for (index, threshold) in thresholds.enumerated() where ratio > threshold {
          found[type]!.over[index][channel] += 1
        }
      }
    }
  }

  /// The counts of one layer for the report; nil without edges, or if no ratio is over a threshold.
  ///
  /// - Parameters:
  ///   - layer: the layer's number.
  ///   - median: the median of the ratios.
  ///   - typeName: the name of an edge type.
  public func results(
    layer: Int, _ median: MedianKind, typeName: (Int) -> String
  ) -> StudyResults.ChannelCounts? {
    guard let found = counts[Key(layer: layer, median: median)] else { return nil }
    // Thresholds that nothing exceeds are left out.
    let used = thresholds.indices.filter { index in
      found.values.contains { $0.over[index].contains { $0 > 0 } }
    }
    guard !used.isEmpty else { return nil }
    let types = found.sorted { $0.key < $1.key }.filter { _, counts in
      counts.over[used[0]].contains { $0 > 0 }
    }
    return StudyResults.ChannelCounts(
      thresholds: used.map { Double(thresholds[$0]) },
      types: types.map { type, counts in
        .init(
          id: type < 0 ? nil : Int(type), name: type < 0 ? "all" : typeName(Int(type)),
          edges: counts.edges, over: used.map { counts.over[$0] })
      })
  }
}

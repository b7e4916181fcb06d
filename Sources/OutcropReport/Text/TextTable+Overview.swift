import OutcropCore
import OutcropStatistics

extension TextTable {
  /// The map of the first screen for the terminal, for one median: the largest ratio of each layer of each
  /// arm, with a star if it is over the threshold, the massive activations of all layers, and the test
  /// metric. Of several seeds the median of the largest ratios is shown, and the means of the others.
  ///
  /// More than 10 layers are joined in groups. Of more than 12 arms, untrained ones are left out first, but for
  /// one, and then the last ones.
  public static func overview(
    _ results: StudyResults, by median: MedianKind
  ) -> TextTable {
    let activations: StudyResults.ActivationKind =
      results.arms.contains { $0.has(.edge) } || !results.arms.contains { $0.has(.node) }
      ? .edge : .node
    let kind = StudyResults.RatioKind(activations, by: median)
    var arms = results.arms.filter { $0.has(kind) }
    if arms.count > 12 {
      let others = arms.filter { $0.kind != .base }
      let untrained = arms.filter { $0.kind == .base }.prefix(max(1, 12 - others.count))
      arms = Array((untrained + others).prefix(12))
    }
    let layers = Set(arms.flatMap { $0.layers(activations) }).sorted()
    let size = max(1, (layers.count + 9) / 10)
    let groups = stride(from: 0, to: layers.count, by: size).map {
      Array(layers[$0..<min($0 + size, layers.count)])
    }
    let metric = arms.compactMap(\.first.testMetric?.name).first
    var columns = [Column("\(median.name)", .left)]
    columns += groups.enumerated().map { index, group in
      let name = group.count == 1 ? "\(group[0])" : "\(group[0])–\(group[group.count - 1])"
      return Column(index == 0 ? "layer \(name)" : name)
    }
    columns.append(Column("massive"))
    if let metric { columns.append(Column("test \(metric)")) }
    let rows = arms.map { arm -> [String] in
      let cells = groups.map { group -> String in
        let ratios = group.compactMap {
          OverviewFigure.middle(arm.spread(layer: $0, kind, \.largestRatio))
        }
        guard let ratio = ratios.max() else { return LayerText.none }
        return OverviewFigure.short(ratio) + (ratio > results.threshold ? "*" : " ")
      }
      return [Plot.shortened(arm.label, to: 24)] + cells
        + [arm.massive(kind).mean.map(NumberText.amount) ?? LayerText.none]
        + (metric == nil ? [] : [arm.testMetric.score])
    }
    return TextTable(columns: columns, rows: rows)
  }
}

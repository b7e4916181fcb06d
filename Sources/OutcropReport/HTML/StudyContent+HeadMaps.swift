extension StudyContent {
  /// The heat maps of the paper: heads and channels by edge type, in the layer with the most massive
  /// activations. Where nothing is over the report's threshold, the largest threshold with any.
  var headMaps: String {
    let heads: Int
    if case .number(let number)? = results.model?.configuration["n_heads"], number >= 1,
      number <= 4096
    {
      heads = Int(number)
    } else {
      heads = 1
    }
    let content = figures(subjects, caption: Self.headCaption) { run, _ in
      medians.compactMap { headMap(run, .edge($0), heads: heads) }
    }
    return content
  }

  private static var headCaption: String {
    "<b>How to read it.</b> For each edge type, the share of its edges whose ratio is over the threshold, by "
      + "head and channel of the recorded activations. <code>outcrop export</code> draws any layer at any threshold."
  }

  private func headMap(
    _ run: StudyResults.Run, _ kind: StudyResults.RatioKind, heads: Int
  ) -> SVGFigure? {
    guard let layer = run.peakLayer(kind), let counts = layer[kind]?.channels else { return nil }
    func isUsed(_ index: Int) -> Bool {
      counts.types.contains {
        $0.over.indices.contains(index) && $0.over[index].contains { $0 > 0 }
      }
    }
    let indices = counts.thresholds.indices.filter(isUsed)
    guard
      let index = indices.first(where: { Float(counts.thresholds[$0]) == Float(results.threshold) })
        ?? indices.last
    else { return nil }
    let limit = NumberText.ratio(counts.thresholds[index])
    return Figures.headMap(
      counts, threshold: counts.thresholds[index], heads: heads,
      title: "\(run.label), layer \(layer.index), over \(limit): heads, \(kind.median.name)")
  }
}

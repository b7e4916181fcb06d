import OutcropCore
import OutcropStatistics

extension TextTable {
  /// One line per layer of a run, for the terminal: for each median the largest ratio (after that of
  /// the untrained run's layer), the massive activations and the verdict. With only one median, also
  /// the shares by edge type and the Kolmogorov–Smirnov statistic of the gamma fit.
  ///
  /// - Parameters:
  ///   - run: the run to show.
  ///   - base: the untrained run to compare with; nil leaves its numbers out.
  ///   - kind: which of the layer's activations.
  ///   - medians: the medians to show.
  public static func layers(
    of run: StudyResults.Run, base: StudyResults.Run? = nil,
    kind: StudyResults.ActivationKind = .edge,
    medians: [MedianKind] = MedianKind.allCases
  ) -> TextTable {
    let hasBase = base != nil && base != run
    let isOne = medians.count == 1
    let hasTypes =
      isOne && run.layers.contains { $0[.init(kind, by: medians[0])]?.byEdgeType.isEmpty == false }
    let hasVerdicts = run.layers.contains { layer in
      medians.contains { layer[.init(kind, by: $0)]?.verdict != nil }
    }
    var columns = [Column("layer")]
    for median in medians {
      // Two medians with verdicts fit in 100 columns only with the short name.
      let title =
        hasBase ? "\(median.rawValue): untrained → this" : "\(median.name): largest ratio"
      columns += [Column(title), Column("MAs")]
      if hasVerdicts { columns.append(Column("verdict", .left)) }
    }
    if hasTypes { columns.append(Column("MAs by edge type", .left)) }
    if isOne { columns.append(Column(hasBase ? "KS untrained → this" : "KS")) }

    let rows = run.layers.map { layer in
      guard layer[kind] != nil else { return ["\(layer.index)"] }
      let before = base?.layers.first { $0.index == layer.index }
      var row = ["\(layer.index)"]
      for median in medians {
        let ratios = StudyResults.RatioKind(kind, by: median)
        let found = layer[ratios]
        row += [
          (hasBase ? LayerText.largest(before?[ratios]) + " → " : "") + LayerText.largest(found),
          found.map { NumberText.grouped($0.massiveCount) } ?? LayerText.none,
        ]
        if hasVerdicts { row.append(found?.verdict?.outcome.rawValue ?? LayerText.none) }
      }
      guard isOne, let found = layer[.init(kind, by: medians[0])] else { return row }
      if hasTypes { row.append(LayerText.types(found)) }
      row.append(
        LayerText.statistics(
          found, base: hasBase ? before?[.init(kind, by: medians[0])] : nil, showBase: hasBase))
      return row
    }
    return TextTable(columns: columns, rows: rows)
  }
}

/// Texts that the tables of the terminal and of the report share.
enum LayerText {
  static let none = "–"

  static func largest(_ found: StudyResults.RatioStatistics?) -> String {
    found?.largestRatio.map(NumberText.ratio) ?? none
  }

  static func statistic(_ test: StudyResults.KolmogorovSmirnov?) -> String {
    test.map { NumberText.fixed($0.statistic, digits: 3) } ?? none
  }

  /// KS statistic of the layer's own gamma fit, after that of the base run's.
  static func statistics(
    _ found: StudyResults.RatioStatistics, base: StudyResults.RatioStatistics?, showBase: Bool
  ) -> String {
    let own = statistic(found.gammaFit?.kolmogorovSmirnov)
    return showBase ? "\(statistic(base?.gammaFit?.kolmogorovSmirnov)) → \(own)" : own
  }

  /// The edge types with the most massive activations and their shares, and the combined share of the others.
  static func types(_ found: StudyResults.RatioStatistics, limit: Int = 4) -> String {
    let total = found.byEdgeType.reduce(0) { $0 + $1.massive }
    guard total > 0 else { return none }
    let ordered =
      found.byEdgeType.count <= limit
      ? found.byEdgeType : found.byEdgeType.sorted { $0.massive > $1.massive }
    var parts = ordered.prefix(limit).map {
      "\($0.name) \(NumberText.percent(Double($0.massive) / Double(total)))"
    }
    let rest = ordered.dropFirst(limit).reduce(0) { $0 + $1.massive }
    if rest > 0 {
      parts.append("others \(NumberText.percent(Double(rest) / Double(total)))")
    }
    return parts.joined(separator: ", ")
  }
}

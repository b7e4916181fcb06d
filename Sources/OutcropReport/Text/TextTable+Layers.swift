extension TextTable {
  /// One line per layer of a run, for the terminal: largest ratio, massive activations, their
  /// share by edge type, and the Kolmogorov–Smirnov statistic of the gamma fit before and after
  /// training.
  ///
  /// - Parameters:
  ///   - base: the untrained run to compare with; nil leaves its columns out.
  ///   - kind: which of the layer's activations.
  public static func layers(
    of run: StudyResults.Run, base: StudyResults.Run? = nil,
    kind: StudyResults.ActivationKind = .edge
  ) -> TextTable {
    let hasBase = base != nil && base != run
    let hasTypes = run.layers.contains { $0[kind]?.byEdgeType.isEmpty == false }
    var columns = [Column("layer")]
    if hasBase { columns.append(Column("untrained")) }
    columns += [Column("largest ratio"), Column("MAs")]
    if hasTypes { columns.append(Column("MAs by edge type", .left)) }
    columns.append(Column(hasBase ? "KS base → this" : "KS"))

    let rows = run.layers.map { layer in
      guard let found = layer[kind] else { return ["\(layer.index)"] }
      let before = base?.layers.first { $0.index == layer.index }?[kind]
      var row = ["\(layer.index)"]
      if hasBase { row.append(LayerText.largest(before)) }
      row += [LayerText.largest(found), NumberText.grouped(found.massiveCount)]
      if hasTypes { row.append(LayerText.types(found)) }
      row.append(LayerText.statistics(found, base: hasBase ? before : nil, showBase: hasBase))
      return row
    }
    return TextTable(columns: columns, rows: rows)
  }
}

/// Wording that the terminal's and the report's tables share.
enum LayerText {
  static let none = "–"

  static func largest(_ found: StudyResults.Activations?) -> String {
    found?.largestRatio.map(NumberText.ratio) ?? none
  }

  static func statistic(_ test: StudyResults.KolmogorovSmirnov?) -> String {
    test.map { NumberText.fixed($0.statistic, digits: 3) } ?? none
  }

  /// KS statistic of the layer's own gamma fit, after that of the base run's.
  static func statistics(
    _ found: StudyResults.Activations, base: StudyResults.Activations?, showBase: Bool
  ) -> String {
    let own = statistic(found.gammaFit?.kolmogorovSmirnov)
    return showBase ? "\(statistic(base?.gammaFit?.kolmogorovSmirnov)) → \(own)" : own
  }

  /// The edge types with the most massive activations and their shares; the rest as one number.
  static func types(_ found: StudyResults.Activations, limit: Int = 4) -> String {
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

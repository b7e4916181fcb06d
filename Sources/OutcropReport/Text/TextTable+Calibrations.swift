import OutcropCore

extension TextTable {
  /// The layers of the results' runs compared with untrained models, for a terminal; nil without a calibration.
  public static func calibrations(of results: StudyResults) -> String? {
    guard let all = results.calibrations, !all.isEmpty else { return nil }
    let table = CalibrationTable.table(all, convention: results.threshold)
    return TextTable(
      columns: table.columns.map { Column($0.title, $0.isText ? .left : .right) },
      rows: table.rows.map { $0.map(\.text) }
    ).text
  }
}

/// Calibrations as a table.
enum CalibrationTable {
  /// A row for each layer of each run and median, beside what the threshold by convention says.
  static func table(_ all: [StudyResults.Calibration], convention: Double) -> DataTable {
    func ratio(_ value: Double?) -> DataTable.Cell {
      value.map { .number($0, NumberText.ratio($0)) } ?? .empty
    }
    func probability(_ value: Double?) -> DataTable.Cell {
      value.map { .number($0, $0 < 1e-4 ? "<0.0001" : NumberText.fixed($0, digits: 4)) } ?? .empty
    }
    var table = DataTable([
      .init("Model", .text), .init("Seed", .text), .init("Median", .text), .init("Layer"),
      .init("Largest ratio"), .init("Largest of untrained"), .init("Threshold"),
      .init("by graphs"), .init("by peaks"), .init("Entries over it"), .init("p"),
      .init("p (Holm)"), .init("p (B-H)"), .init("Over it", .text),
      .init("Over \(NumberText.ratio(convention))", .text),
    ])
    for one in all {
      for test in one.tests {
        for (layer, null) in zip(test.layers, one.layers) {
          table.rows.append([
            .text(test.label), .text(test.seed.map { "\($0)" } ?? ""), .text(one.median.rawValue),
            .count(layer.index), ratio(layer.largestRatio), ratio(null.seedMaxima.max()),
            ratio(null.threshold), ratio(null.thresholdFromGraphs), ratio(null.thresholdFromPeaks),
            .count(layer.entriesOver), probability(layer.pValue), probability(layer.holm),
            probability(layer.benjaminiHochberg),
            .text(layer.isOver.map { $0 ? "yes" : "no" } ?? null.problem ?? ""),
            .text(layer.largestRatio.map { $0 > convention ? "yes" : "no" } ?? ""),
          ])
        }
      }
    }
    return table
  }
}

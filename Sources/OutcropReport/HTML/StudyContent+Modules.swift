extension StudyContent {
  /// Outputs of modules that were observed in addition to attention.
  var modules: String {
    let with = arms.filter { arm in arm.runs.contains { $0.layers.contains { !$0.modules.isEmpty } }
    }
    guard !with.isEmpty else { return "" }
    var table = DataTable([
      .init("Model", .text), .init("Layer"), .init("Module", .text), .init("Median", .text),
      .init("untrained", .spread, group: "Largest ratio"),
      .init("this run", .spread, group: "Largest ratio"), .init("MAs", .spread),
      .init("Rows with MAs", .spread), .init("KS", .spread),
    ])
    for arm in with {
      let layers = Set(arm.runs.flatMap(\.layers).map(\.index)).sorted()
      for index in layers {
        let names = Set(arm.runs.flatMap { $0.layer(index)?.modules.keys.map { $0 } ?? [] })
        for (name, median) in names.sorted().flatMap({ name in medians.map { (name, $0) } }) {
          func spread(_ value: (StudyResults.RatioStatistics) -> Double?) -> Spread {
            arm.spread { $0.layer(index)?.modules[name]?[median].flatMap(value) }
          }
          let before = Spread(
            arm.bases.map { $0?.layer(index)?.modules[name]?[median]?.largestRatio })
          let massive = spread { Double($0.massiveCount) }
          if (massive.largest ?? 0) > 0 { table.strong.insert(table.rows.count) }
          table.rows.append([
            .text(arm.label), .count(index), .text(name), Self.cell(median), .ratios(before),
            .ratios(spread(\.largestRatio)), .amounts(massive),
            .amounts(spread { Double($0.massiveRows) }),
            .statistics(spread { $0.gammaFit?.kolmogorovSmirnov.statistic }),
          ])
        }
      }
    }
    return parts.paragraph(
      "Activations that were observed in addition to those of attention, under the names of the model’s "
        + "modules. Ratios and MAs are as above; a row is an edge or a node.", class: "note")
      + parts.table(table, name: "modules")
  }
}

/// Distributions compared on held-out graphs.
extension StudyContent {
  /// The families' likelihoods and distances, layer by layer, after a sentence on which is best; empty without a
  /// comparison.
  var distributionTable: String {
    guard let all = results.distributions, let first = all.first else { return "" }
    let names = first.families.map(\.family)
    let (likelihood, distance) = (
      "Mean log-likelihood on held-out graphs", "KS distance on held-out graphs"
    )
    func cell(_ value: Double?, digits: Int) -> DataTable.Cell {
      .number(value, value.map { NumberText.fixed($0, digits: digits) } ?? LayerText.none)
    }
    var table = DataTable([
      .init("Model", .text), .init("Seed", .text), .init("Median", .text), .init("Layer"),
      .init("Best", .text),
    ])
    for group in [likelihood, distance] {
      table.columns += names.map { .init(Self.familyName($0), group: group) }
    }
    for one in all {
      var row: [DataTable.Cell] = [
        .text(one.label), .text(one.seed.map { "\($0)" } ?? ""), Self.cell(one.median),
        .count(one.layer), .text(one.best.map(Self.familyName) ?? LayerText.none),
      ]
      let families = names.map { name in one.families.first { $0.family == name } }
      row += families.map { cell($0?.heldOutMeanLogLikelihood, digits: 4) }
      row += families.map { cell($0?.heldOutDistance, digits: 4) }
      table.rows.append(row)
    }
    let counts = names.map { name in (name, all.count { $0.best == name }) }
      .filter { $0.1 > 0 }.sorted { $0.1 > $1.1 }
      .map { "\(Self.familyName($0.0)) in \($0.1)" }
    let sentence =
      "Each distribution is fitted to y = −log₁₀(ratio) of \(first.fittedGraphs) graphs and judged on "
      + "\(first.heldOutGraphs) others. Of \(all.count) comparisons (model, layer, median), the largest likelihood is that of "
      + (counts.isEmpty ? "no distribution" : Findings.list(counts))
      + ". −∞ is a held-out value outside the support of the fitted distribution."
    return parts.paragraph(sentence, class: "note") + parts.table(table, name: "distributions")
  }

  private static func familyName(_ family: String) -> String {
    switch family {
    case "logNormal": "log-normal"
    case "weibull": "Weibull"
    case "generalizedGamma": "generalized gamma"
    case "generalizedExtremeValue": "generalized extreme value"
    default: family
    }
  }
}

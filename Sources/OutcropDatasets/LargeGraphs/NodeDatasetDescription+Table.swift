import Foundation
import OutcropCore

extension NodeDatasetDescription {
  /// The description as text for a terminal, at most about 100 columns wide. It ends in a line break.
  public var table: String {
    var lines = [
      "\(name)\(isSynthetic ? " (synthetic)" : ""): \(sourceDescription)",
      "task      binary classification of nodes, "
        + "\(targetCount) label\(targetCount == 1 ? "" : "s")",
      "nodes     \(nodes), "
        + (speciesValues.isEmpty ? "no species" : "\(speciesValues.count) species"),
      "edges     \(undirectedEdges) undirected, "
        + (scores.isEmpty ? "no scores" : "\(scores.count) scores"),
      "checksum  \(checksum)", "",
    ]
    lines +=
      TextTable(
        [["", "nodes", "labels", "positive", "least", "most", "targets with both"]]
          + splits.map {
            [
              $0.name, "\($0.nodes)", "\($0.labeled)", percent($0.positiveShare),
              percent($0.smallestPositiveShare), percent($0.largestPositiveShare),
              "\($0.targetsWithBothClasses)",
            ]
          } + [["in no split", "\(unusedNodes)"]]
      ).lines
    lines.append("")
    if !speciesValues.isEmpty {
      lines +=
        TextTable(
          [["species"] + splits.map(\.name)]
            + speciesValues.indices.map { species in
              ["\(speciesValues[species])"] + splits.map { "\($0.speciesCounts[species])" }
            }
        ).lines
      lines.append("")
    }
    if !scores.isEmpty {
      lines +=
        TextTable(
          [
            ["score", "not 0", "mean", "largest"]
              + (1...10).map { "≤ 0.\($0)" }.map { $0 == "≤ 0.10" ? "≤ 1" : $0 }
          ]
            + scores.enumerated().map { index, score in
              [
                "\(index)", percent(score.share), String(format: "%.4f", score.mean),
                String(format: "%.3f", score.maximum),
              ] + score.tenths.map { String(format: "%.1f", $0 * 100) }
            }
        ).lines
      lines.append("  (in % of all edges from the fifth column on)")
      lines.append("")
    }
    lines.append(
      "degree    \(degrees.minimum)–\(String(format: "%.1f", degrees.mean))–\(degrees.maximum), "
        + "median \(degrees.median)  (minimum–mean–maximum)")
    lines +=
      TextTable(
        [["degree", "nodes"]]
          + degrees.counts.enumerated().filter { $0.element > 0 }.map { bin, count in
            let (low, high) = bin == 0 ? (0, 0) : (1 << (bin - 1), (1 << bin) - 1)
            return [
              low == high ? "\(low)" : "\(low) ... \(high)",
              "\(count) (\(percent(Double(count) / Double(max(1, nodes)))))",
            ]
          }
      ).lines
    return lines.map { TextTable.printable($0) + "\n" }.joined()
  }
}

private func percent(_ share: Double) -> String { String(format: "%.2f %%", share * 100) }

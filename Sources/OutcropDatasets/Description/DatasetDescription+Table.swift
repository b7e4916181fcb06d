import Foundation
import OutcropCore
import OutcropGraph

extension DatasetDescription {
  /// The description as text for a terminal, at most about 90 columns wide. It ends in a line break.
  public var table: String {
    var lines: [String] = []
    lines.append("\(name)\(isSynthetic ? " (synthetic)" : ""): \(sourceDescription)")
    lines.append("task      \(taskText)")
    lines.append("nodes     \(featureText(nodeColumns))")
    lines.append(useText("node", nodeColumns))
    lines.append("edges     \(featureText(edgeColumns))")
    lines.append(useText("edge", edgeColumns))
    lines.append("checksum  \(checksum)")
    lines.append("")
    lines +=
      TextTable(
        [["", "graphs", "nodes", "edges", "nodes/graph", "edges/graph", "degree", "no edges"]]
          + splits.map { split in
            [
              split.name, "\(split.graphs)", "\(split.nodes)", "\(split.directedEdges)",
              text(split.nodesPerGraph), text(split.edgesPerGraph), text(split.degree),
              "\(split.graphsWithoutEdges)",
            ]
          }
      ).lines
    lines.append("  (edges are directed; ranges are minimum–mean–maximum)")
    lines.append("")
    let used = edgeTypeNames.indices.filter { type in
      splits.contains { $0.edgeTypeCounts[type] > 0 }
    }
    if !used.isEmpty {
      let shown = used.prefix(12)
      lines +=
        TextTable(
          [["edge type"] + splits.map(\.name)]
            + shown.map { type in
              [edgeTypeNames[type]]
                + splits.map {
                  "\($0.edgeTypeCounts[type]) (\(number($0.edgeTypeShares[type] * 100, 2))%)"
                }
            }
        ).lines
      if used.count > shown.count { lines.append("  … \(used.count - shown.count) more types") }
      lines.append("")
    }
    for (name, columns) in [("node", nodeColumns), ("edge", edgeColumns)] {
      let rows = columnRows(name, columns)
      if !rows.isEmpty { lines += TextTable(rows).lines + [""] }
    }
    lines += TextTable(labelRows).lines
    lines.append("")
    lines +=
      TextTable(
        [["nodes/graph"] + splits.map(\.name)] + histogram(\.nodesPerGraph, bins: 10)
      ).lines
    lines.append("")
    lines += TextTable([["degree"] + splits.map(\.name)] + histogram(\.degree, bins: 10)).lines
    return lines.map { TextTable.printable($0) + "\n" }.joined()
  }

  private var taskText: String {
    let labels = "\(targetCount) label\(targetCount == 1 ? "" : "s")"
    guard let classValues else { return "\(task), \(labels)" }
    return "\(task), classes \(classValues.map(String.init).joined(separator: ", "))"
  }

  /// How models use the features of nodes or edges unless a configuration says otherwise.
  private func useText(_ name: String, _ columns: [Column]) -> String {
    let vocabularies = columns.compactMap(\.vocabulary)
    let attributes = columns.count - vocabularies.count
    let types =
      switch vocabularies {
      case []: ""
      case CanonicalVocabulary.atoms, CanonicalVocabulary.bonds:
        "one table for all types, vectors side by side"
      default: vocabularies.count == 1 ? "types embedded" : "types embedded and summed"
      }
    let text =
      switch (vocabularies.isEmpty, attributes) {
      case (true, 0): "all alike"
      case (true, _): "attributes mapped linearly"
      case (false, 0): types
      case (false, _): "\(types), plus attributes mapped linearly"
      }
    return "          used: \(text) (\"\(name)_features\")"
  }

  private func featureText(_ columns: [Column]) -> String {
    let vocabularies = columns.compactMap(\.vocabulary)
    let attributes = columns.count - vocabularies.count
    var parts: [String] = []
    if vocabularies.count == 1 { parts.append("types 0 ... \(vocabularies[0] - 1)") }
    if vocabularies.count > 1 {
      parts.append(
        Set(vocabularies).count == 1
          ? "\(vocabularies.count) types of 0 ... \(vocabularies[0] - 1) each"
          : "\(vocabularies.count) types with vocabularies "
            + vocabularies.map(String.init).joined(separator: ", "))
    }
    if attributes > 0 { parts.append("\(attributes) attribute\(attributes == 1 ? "" : "s")") }
    return parts.isEmpty ? "no features" : parts.joined(separator: ", ")
  }

  /// A table of feature columns, at most 16 rows; empty for a single vocabulary.
  private func columnRows(_ name: String, _ columns: [Column]) -> [[String]] {
    if columns.isEmpty || (columns.count == 1 && columns[0].isType) { return [] }
    var rows = [["\(name) feature", "kind", "values used", "minimum", "mean", "maximum"]]
    for (index, column) in columns.prefix(16).enumerated() {
      rows.append([
        "\(index)", column.isType ? "type" : "real",
        column.vocabulary.map { "\(column.usedValues ?? 0) of \($0)" } ?? "–",
        column.isType ? "\(Int(column.minimum))" : number(column.minimum, 4),
        number(column.mean, 4),
        column.isType ? "\(Int(column.maximum))" : number(column.maximum, 4),
      ])
    }
    if columns.count > 16 { rows.append(["… \(columns.count - 16) more"]) }
    return rows
  }

  private var labelRows: [[String]] {
    var rows = [["label", "split", "graphs", "missing"]]
    switch task {
    case "regression": rows[0] += ["mean", "deviation", "mean abs. dev.", "minimum", "maximum"]
    case "binary classification": rows[0] += ["positive", "share"]
    default: rows[0] += ["graphs of each class"]
    }
    for target in 0..<targetCount {
      for split in splits {
        let label = split.labels[target]
        let name = labelNames?[target] ?? "\(target)"
        var row = [name, split.name, "\(label.labeled)", "\(label.missing)"]
        if let counts = label.classCounts {
          row.append(counts.map(String.init).joined(separator: " / "))
        } else if let positive = label.positive {
          row += ["\(positive)", "\(number(label.mean * 100, 2))%"]
        } else {
          row += [
            label.mean, label.standardDeviation, label.meanAbsoluteDeviation, label.minimum,
            label.maximum,
          ].map { number($0, 4) }
        }
        rows.append(row)
      }
    }
    return rows
  }

  /// The same bins for all splits, at most `bins` of them.
  private func histogram(
    _ distribution: KeyPath<Split, Distribution>, bins: Int
  ) -> [[String]] {
    let used = splits.map { $0[keyPath: distribution] }.filter { !$0.counts.isEmpty }
    guard let lowest = used.map(\.minimum).min(), let highest = used.map(\.maximum).max() else {
      return []
    }
    let width = (highest - lowest) / bins + 1
    return stride(from: lowest, through: highest, by: width).map { start in
      let end = min(highest, start + width - 1)
      return [start == end ? "\(start)" : "\(start) ... \(end)"]
        + splits.map { split in
          let counts = split[keyPath: distribution].counts
          let total = max(1, counts.reduce(0, +))
          let inside = (start...end).reduce(0) { $0 + (counts.indices ~= $1 ? counts[$1] : 0) }
          return "\(inside) (\(number(Double(inside) / Double(total) * 100, 2))%)"
        }
    }
  }

  private func text(_ distribution: Distribution) -> String {
    "\(distribution.minimum)–\(number(distribution.mean, 2))–\(distribution.maximum)"
  }
}

private func number(_ value: Double, _ digits: Int) -> String {
  String(format: "%.\(digits)f", value)
}

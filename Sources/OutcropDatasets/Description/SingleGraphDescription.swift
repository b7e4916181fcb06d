import Foundation
import OutcropCore
import OutcropGraph

/// Counts and distributions of one graph with labeled nodes, for people and for JSON.
public struct SingleGraphDescription: Codable, Sendable, Equatable {
  /// The labels of one split's nodes.
  public struct Split: Codable, Sendable, Equatable {
    /// `train`, `validation` or `test`.
    public var name: String
    public var nodes: Int
    /// One for each label.
    public var labels: [DatasetDescription.Label]
  }

  public var name: String
  public var sourceDescription: String
  public var isSynthetic: Bool
  /// `regression`, `binary classification` or `classification`; nil without labels.
  public var task: String?
  public var targetCount: Int
  /// Names of classes 0, 1, ….
  public var classNames: [String]?
  public var checksum: String
  public var nodes: Int
  /// An undirected edge counts twice.
  public var directedEdges: Int
  /// Edges that enter a node.
  public var degree: DatasetDescription.Distribution
  /// The columns of node types, then those of node attributes.
  public var nodeColumns: [DatasetDescription.Column]
  /// The columns of edge types, then those of edge attributes.
  public var edgeColumns: [DatasetDescription.Column]
  /// Names of the edge types, by number, and how many directed edges each has.
  public var edgeTypeNames: [String]
  public var edgeTypeCounts: [Int]
  /// Training, validation and test.
  public var splits: [Split]
  /// Nodes in no split.
  public var unusedNodes: Int

  /// Counts `dataset`.
  public init(_ dataset: SingleGraphDataset) {
    let whole = DatasetDescription(dataset.asGraphs)
    name = dataset.name
    sourceDescription = dataset.sourceDescription
    isSynthetic = dataset.isSynthetic
    targetCount = dataset.targetCount
    switch dataset.task {
    case .regression: task = "regression"
    case .binaryClassification: task = "binary classification"
    case .classification: task = "classification"
    }
    if targetCount == 0 { task = nil }
    classNames = dataset.classNames
    checksum = dataset.checksum
    nodes = dataset.graph.nodeCount
    directedEdges = dataset.graph.edgeCount
    degree = whole.splits[0].degree
    (nodeColumns, edgeColumns) = (whole.nodeColumns, whole.edgeColumns)
    edgeTypeCounts = whole.splits[0].edgeTypeCounts
    edgeTypeNames = edgeTypeCounts.indices.map { dataset.edgeTypeName($0) }
    splits = GraphDataset.Split.allCases.map { split in
      let labels = dataset.labels(of: dataset[split])
      return Split(
        name: split.rawValue, nodes: dataset[split].count,
        labels: (0..<dataset.targetCount).map { target in
          .init(
            stride(from: target, to: labels.count, by: dataset.targetCount).map { labels[$0] },
            dataset.task)
        })
    }
    unusedNodes = nodes - splits.reduce(0) { $0 + $1.nodes }
  }

  /// The description as text for a terminal. It ends in a line break.
  public var table: String {
    func count(_ columns: [DatasetDescription.Column]) -> String {
      let types = columns.compactMap(\.vocabulary)
      let parts = [
        types.isEmpty
          ? nil
          : "\(types.count) column\(types.count == 1 ? "" : "s") of types (of "
            + types.prefix(8).map(String.init).joined(separator: ", ")
            + "\(types.count > 8 ? ", …" : ""))",
        columns.count > types.count
          ? "\(columns.count - types.count) number\(columns.count - types.count == 1 ? "" : "s")"
          : nil,
      ].compactMap { $0 }
      return parts.isEmpty ? "no features" : parts.joined(separator: ", ")
    }
    let labels = "\(targetCount) label\(targetCount == 1 ? "" : "s")"
    let classes = classNames.map {
      ", classes " + $0.prefix(20).joined(separator: ", ") + ($0.count > 20 ? ", …" : "")
    }
    var lines = [
      "\(name)\(isSynthetic ? " (synthetic)" : ""): \(sourceDescription)",
      "task      "
        + (task.map { "\($0) of nodes, \(labels)\(classes ?? "")" } ?? "none: no labels"),
      "nodes     \(nodes), \(count(nodeColumns))",
      "edges     \(directedEdges) directed, \(count(edgeColumns))",
      String(
        format: "degree    %d–%.1f–%d (minimum–mean–maximum)", degree.minimum, degree.mean,
        degree.maximum),
      "checksum  \(checksum)", "",
    ]
    if !edgeTypeCounts.isEmpty {
      let rows = zip(edgeTypeNames, edgeTypeCounts).prefix(12).map { [$0, "\($1)"] }
      lines += TextTable([["edge type", "edges"]] + rows).lines + [""]
    }
    if targetCount > 0 {
      var rows = [["split", "nodes", "labeled"]]
      if targetCount == 1, let classNames {
        rows[0] += classNames.prefix(12)
      } else {
        rows[0] += [task == "binary classification" ? "positive" : "mean"]
      }
      for split in splits {
        let labeled = split.labels.map(\.labeled).max() ?? 0
        var row = [split.name, "\(split.nodes)", "\(labeled)"]
        if targetCount == 1, let counts = split.labels[0].classCounts {
          row += counts.prefix(12).map(String.init)
        } else {
          let mean = split.labels.map(\.mean).reduce(0, +) / Double(max(1, split.labels.count))
          row.append(String(format: "%.4g", mean))
        }
        rows.append(row)
      }
      rows.append(["none", "\(unusedNodes)"])
      lines += TextTable(rows).lines
    }
    return lines.map { TextTable.printable($0) + "\n" }.joined()
  }
}

import Foundation
import OutcropCore
import OutcropGraph

/// Counts and distributions of a large graph with labeled nodes. Counting reads every edge once,
/// in parallel.
public struct NodeDatasetDescription: Sendable, Equatable, Codable {
  /// A histogram of positive numbers by powers of two.
  public struct Degrees: Sendable, Equatable, Codable {
    /// The smallest degree; a node's degree is the number of its edges.
    public let minimum: Int
    /// The mean degree.
    public let mean: Double
    /// The median degree.
    public let median: Int
    /// The largest degree.
    public let maximum: Int
    /// Nodes of degree 0, 1, 2–3, 4–7, … up to the largest.
    public let counts: [Int]
  }

  /// One column of the edges' scores.
  public struct Score: Sendable, Equatable, Codable {
    /// The share of edges whose score is not 0.
    public let share: Double
    /// The mean of all scores.
    public let mean: Double
    /// The largest score.
    public let maximum: Double
    /// The shares of edges with scores in 0 < s ≤ 0.1, …, 0.9 < s ≤ 1.
    public let tenths: [Double]
  }

  /// One split of the nodes.
  public struct Split: Sendable, Equatable, Codable {
    /// `train`, `validation` or `test`.
    public let name: String
    /// The number of nodes.
    public let nodes: Int
    /// Nodes of each species, in the order of `speciesValues`.
    public let speciesCounts: [Int]
    /// The number of labels that are not missing, of `nodes` × targets.
    public let labeled: Int
    /// The share of all labels that are 1.
    public let positiveShare: Double
    /// The share of labels that are 1, of the target with the smallest share.
    public let smallestPositiveShare: Double
    /// The share of labels that are 1, of the target with the largest share.
    public let largestPositiveShare: Double
    /// The number of targets with labels of both classes; the others do not count in a ROC-AUC.
    public let targetsWithBothClasses: Int
  }

  /// `NodeDataset.name`.
  public let name: String
  /// `NodeDataset.isSynthetic`.
  public let isSynthetic: Bool
  /// `NodeDataset.sourceDescription`.
  public let sourceDescription: String
  /// `NodeDataset.checksum`.
  public let checksum: String
  /// The number of nodes.
  public let nodes: Int
  /// The number of undirected edges.
  public let undirectedEdges: Int
  /// The number of labels of a node.
  public let targetCount: Int
  /// The numbers of the species in the source, ascending.
  public let speciesValues: [Int]
  /// The degrees of all nodes.
  public let degrees: Degrees
  /// The columns of the edges' scores.
  public let scores: [Score]
  /// Training, validation and test.
  public let splits: [Split]
  /// Nodes in no split.
  public let unusedNodes: Int

  /// Counts a data set.
  public init(_ dataset: NodeDataset) {
    name = dataset.name
    isSynthetic = dataset.isSynthetic
    sourceDescription = dataset.sourceDescription
    checksum = dataset.checksum
    nodes = dataset.nodeCount
    undirectedEdges = dataset.edgeCount
    targetCount = dataset.targetCount
    speciesValues = dataset.speciesValues.map { Int($0) }
    degrees = Self.degrees(dataset.graph)
    scores = Self.scores(dataset.graph)
    splits = GraphDataset.Split.allCases.map { Self.split($0, dataset) }
    unusedNodes = nodes - splits.reduce(0) { $0 + $1.nodes }
  }

  private static func degrees(_ graph: LargeGraph) -> Degrees {
    let degrees = (0..<graph.nodeCount).map { graph.degree(of: $0) }.sorted()
    var counts: [Int] = []
    for degree in degrees {
      let bin = degree == 0 ? 0 : Int.bitWidth - degree.leadingZeroBitCount
      while counts.count <= bin { counts.append(0) }
      counts[bin] += 1
    }
    return Degrees(
      minimum: degrees.first ?? 0,
      mean: degrees.isEmpty ? 0 : Double(graph.directedEdgeCount) / Double(degrees.count),
      median: degrees.isEmpty ? 0 : degrees[degrees.count / 2], maximum: degrees.last ?? 0,
      counts: counts)
  }

  private struct Sums {
    var nonzero = 0
    var sum = 0.0
    var maximum = 0.0
    var tenths = [Int](repeating: 0, count: 10)
  }

  private static func scores(_ graph: LargeGraph) -> [Score] {
    let columns = graph.scoreCount
    if columns == 0 || graph.edgeCount == 0 { return [] }
    let grain = 1 << 16
    let chunks = (graph.edgeCount + grain - 1) / grain
    var parts = [[Sums]](repeating: [], count: chunks)
    parts.withUnsafeMutableBufferPointer { buffer in
      nonisolated(unsafe) let parts = buffer
      ThreadPool.forRanges(graph.edgeCount, grain: grain) { edges in
        var sums = [Sums](repeating: Sums(), count: columns)
        let values = graph.gatherScores(edges.map { UInt32($0) })
        for (index, value) in values.enumerated() where value != 0 {
          let score = Double(value)
          sums[index % columns].nonzero += 1
          sums[index % columns].sum += score
          sums[index % columns].maximum = max(sums[index % columns].maximum, score)
          if score > 0, score <= 1 {
            sums[index % columns].tenths[min(9, Int((value * 10).rounded(.up)) - 1)] += 1
          }
        }
        parts[edges.lowerBound / grain] = sums
      }
    }
    return (0..<columns).map { column in
      var total = Sums()
      for part in parts {
        total.nonzero += part[column].nonzero
        total.sum += part[column].sum
        total.maximum = max(total.maximum, part[column].maximum)
        for tenth in 0..<10 { total.tenths[tenth] += part[column].tenths[tenth] }
      }
      let count = Double(graph.edgeCount)
      return Score(
        share: Double(total.nonzero) / count, mean: total.sum / count, maximum: total.maximum,
        tenths: total.tenths.map { Double($0) / count })
    }
  }

  private static func split(_ split: GraphDataset.Split, _ dataset: NodeDataset) -> Split {
    let nodes = dataset[split]
    var species = [Int](repeating: 0, count: dataset.speciesCount)
    var positive = [Int](repeating: 0, count: dataset.targetCount)
    var labeled = positive
    for node in nodes {
      if !dataset.species.isEmpty { species[Int(dataset.species[Int(node)])] += 1 }
      let row = Int(node) * dataset.targetCount
      for target in 0..<dataset.targetCount {
        let label = dataset.labels[row + target]
        if label == NodeDataset.missingLabel { continue }
        labeled[target] += 1
        positive[target] += Int(label)
      }
    }
    let shares = zip(positive, labeled).filter { $1 > 0 }.map { Double($0) / Double($1) }
    let total = labeled.reduce(0, +)
    return Split(
      name: split.rawValue, nodes: nodes.count, speciesCounts: species, labeled: total,
      positiveShare: total == 0 ? 0 : Double(positive.reduce(0, +)) / Double(total),
      smallestPositiveShare: shares.min() ?? 0, largestPositiveShare: shares.max() ?? 0,
      targetsWithBothClasses: zip(positive, labeled).count { $0 > 0 && $0 < $1 })
  }
}

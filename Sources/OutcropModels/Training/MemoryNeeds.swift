import Foundation
import OutcropGraph

/// Compares the memory that models and encodings need with the memory of the machine, and their counts with
/// the largest that the kernels can index.
enum MemoryNeeds {
  /// The reason why the graph cannot have all ordered pairs of its nodes as edges, or nil.
  static func problemOfAllPairs(_ graph: Graph) -> String? {
    let pairs = Double(graph.nodeCount) * Double(graph.nodeCount)
    // Two ends, a type and the mark of an added edge, and the table of present pairs.
    let bytes = 17 * pairs
    return bytes > memory || pairs > Double(Int32.max)
      ? "\(graph.nodeCount) nodes, which make \(Int(pairs)) edges of a full graph" : nil
  }

  /// The reason why memory cannot hold the vectors of a batch's nodes and edges twice, which is the least
  /// that a layer needs; nil if it can.
  static func problemOfVectors(nodes: Int, edges: Int, width: Int) -> String? {
    let bytes = 8 * (Double(nodes) + Double(edges)) * Double(width)
    return bytes > memory
      ? "\(nodes) nodes and \(edges) edges, whose vectors of width \(width) take \(gigabytes(bytes)) of "
        + "the \(gigabytes(memory)) that the machine has" : nil
  }

  /// The reason why memory cannot hold a model's parameters `copies` times, or nil.
  ///
  /// The need is a lower bound: an embedding for every category, and in each layer four matrices
  /// [width, width], as in the smallest of the models.
  static func problemOfParameters(_ model: ModelConfiguration, copies: Int) -> String? {
    let width = Double(model.hiddenWidth)
    let rows =
      model.nodeFeatures.rowCount + model.edgeFeatures.rowCount
      + (model.usesWeisfeilerLehmanEncoding ? Double(model.roleCount) : 0)
    let parameters = rows * width + 4 * width * width * Double(model.layerCount)
    let bytes = 4 * parameters * Double(copies)
    return bytes > memory
      ? "\(model.layerCount) layers of width \(model.hiddenWidth), which take "
        + "\(gigabytes(bytes)) or more of the \(gigabytes(memory)) that the machine has" : nil
  }

  private static let memory = Double(ProcessInfo.processInfo.physicalMemory)

  private static func gigabytes(_ bytes: Double) -> String {
    String(format: "%.1f GB", bytes / 1e9)
  }
}

extension FeatureKind {
  /// The rows of the tables and maps that embed such features.
  fileprivate var rowCount: Double {
    switch self {
    case .categories(let count): Double(count)
    case .sum(let vocabularies): vocabularies.reduce(0) { $0 + Double($1) }
    case .concatenation(let count, _): Double(count)
    case .linear(let columns): Double(columns)
    case .joined(let types, let columns): types.rowCount + Double(columns)
    case .constant: 1
    }
  }
}

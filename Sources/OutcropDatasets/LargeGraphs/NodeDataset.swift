import OutcropCore
import OutcropGraph

/// One large graph with yes/no labels of its nodes, in three splits of the nodes.
public struct NodeDataset: Sendable {
  /// A short name, such as `proteins`.
  public let name: String
  /// Nodes, edges and scores of the edges.
  public let graph: LargeGraph
  /// [nodes] The category of each node, 0 ..< speciesCount; empty if nodes have none.
  public let species: [Int32]
  /// The numbers of categories 0, 1, … in the source, ascending.
  public let speciesValues: [Int32]
  /// The number of labels of a node.
  public let targetCount: Int
  /// The nodes for training, in the source's order.
  public let train: [Int32]
  /// The nodes for validation.
  public let validation: [Int32]
  /// The nodes for testing.
  public let test: [Int32]
  /// Whether the graph was made by a generator. Reports must state this with every result.
  public let isSynthetic: Bool
  /// A description of the graph's source.
  public let sourceDescription: String
  /// A digest of structure, scores, categories, labels and splits, which does not depend on the
  /// compression of the files. Not cryptographic.
  public let checksum: String
  /// How the data set was read; nil for a data set that was created in memory.
  public let loading: Loading?
  /// [nodes × targetCount] 0, 1, or `missingLabel`.
  let labels: [UInt8]

  static let missingLabel: UInt8 = 255

  /// The cache and the time of a reading.
  public struct Loading: Sendable, Equatable {
    /// The mapped file.
    public let cacheFile: String
    /// The size of the mapped file, in bytes.
    public let cacheByteCount: Int
    /// The reason why the cache was written; nil if it already existed.
    public let rebuildReason: String?
    /// The total time of reading, in seconds.
    public let seconds: Double
  }

  /// A data set in memory.
  ///
  /// - Parameters:
  ///   - name: A short name, such as `ogbn-proteins`.
  ///   - graph: The nodes and edges.
  ///   - species: [nodes] Categories 0 ..< speciesValues.count; empty for none.
  ///   - speciesValues: The values in the source that stand for the categories.
  ///   - labels: [nodes × targetCount] 0, 1 or NaN, which is a missing label.
  ///   - targetCount: The number of labels of a node.
  ///   - train: The nodes to train on.
  ///   - validation: The nodes for validation, which control training.
  ///   - test: The nodes for the final scores.
  ///   - isSynthetic: Whether the data were made by a generator.
  ///   - sourceDescription: The origin of the data, as text for readers.
  ///
  /// Traps if the sizes of the arguments do not match.
  public init(
    name: String, graph: LargeGraph, species: [Int32] = [], speciesValues: [Int32] = [],
    labels: [Float], targetCount: Int, train: [Int32], validation: [Int32], test: [Int32],
    isSynthetic: Bool = false, sourceDescription: String
  ) {
    require(
      species.isEmpty || species.count == graph.nodeCount,
      "NodeDataset: found \(species.count) species, expected \(graph.nodeCount)")
    require(
      species.allSatisfy { $0 >= 0 && Int($0) < speciesValues.count },
      "NodeDataset: found a species outside 0 ..< \(speciesValues.count)")
    require(
      labels.count == graph.nodeCount * targetCount,
      "NodeDataset: found \(labels.count) labels, expected \(graph.nodeCount) × \(targetCount)")
    require(
      labels.allSatisfy { $0 == 0 || $0 == 1 || $0.isNaN },
      "NodeDataset: found a label that is not 0, 1 or NaN")
    for nodes in [train, validation, test] {
      require(
        nodes.allSatisfy { $0 >= 0 && Int($0) < graph.nodeCount },
        "NodeDataset: found a node outside 0 ..< \(graph.nodeCount) in a split")
    }
    var digests = [
      UInt64(graph.nodeCount), UInt64(graph.edgeCount), UInt64(graph.scoreCount),
      UInt64(targetCount),
    ]
    let neighbors = (0..<graph.nodeCount).flatMap { graph.neighbors(of: $0) }
    let scores = graph.gatherScores((0..<graph.edgeCount).map { UInt32($0) })
    let packed = labels.map { $0.isNaN ? Self.missingLabel : UInt8($0) }
    digests += [
      XXHash64.digest(neighbors), XXHash64.digest(scores), XXHash64.digest(species),
      XXHash64.digest(packed), XXHash64.digest(train), XXHash64.digest(validation),
      XXHash64.digest(test),
    ]
    self.init(
      name: name, graph: graph, species: species, speciesValues: speciesValues, labels: packed,
      targetCount: targetCount, train: train, validation: validation, test: test,
      isSynthetic: isSynthetic, sourceDescription: sourceDescription,
      checksum: XXHash64.hexadecimal(XXHash64.digest(digests)), loading: nil)
  }

  init(
    name: String, graph: LargeGraph, species: [Int32], speciesValues: [Int32], labels: [UInt8],
    targetCount: Int, train: [Int32], validation: [Int32], test: [Int32], isSynthetic: Bool,
    sourceDescription: String, checksum: String, loading: Loading?
  ) {
    self.name = name
    self.graph = graph
    self.species = species
    self.speciesValues = speciesValues
    self.labels = labels
    self.targetCount = targetCount
    self.train = train
    self.validation = validation
    self.test = test
    self.isSynthetic = isSynthetic
    self.sourceDescription = sourceDescription
    self.checksum = checksum
    self.loading = loading
  }

  /// The number of nodes.
  public var nodeCount: Int { graph.nodeCount }

  /// The number of undirected edges.
  public var edgeCount: Int { graph.edgeCount }

  /// The vocabulary of `species`; 0 when nodes have none.
  public var speciesCount: Int { speciesValues.count }

  /// The nodes of a split.
  public subscript(split: GraphDataset.Split) -> [Int32] {
    switch split {
    case .train: train
    case .validation: validation
    case .test: test
    }
  }

  /// A label: 0, 1, or NaN where it is missing.
  public func label(of node: Int, target: Int) -> Float {
    require(
      node >= 0 && node < nodeCount && target >= 0 && target < targetCount,
      "NodeDataset.label: found node \(node), target \(target), expected 0 ..< \(nodeCount), "
        + "0 ..< \(targetCount)")
    let label = labels[node * targetCount + target]
    return label == Self.missingLabel ? .nan : Float(label)
  }

  /// [nodes.count × targetCount] The labels of some nodes; NaN where missing.
  public func labels(of nodes: [Int32]) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(nodes.count * targetCount)
    for node in nodes {
      require(
        node >= 0 && Int(node) < nodeCount,
        "NodeDataset.labels: found node \(node), expected 0 ..< \(nodeCount)")
      for label in labels[Int(node) * targetCount..<(Int(node) + 1) * targetCount] {
        result.append(label == Self.missingLabel ? .nan : Float(label))
      }
    }
    return result
  }
}

import OutcropCore
import OutcropGraph

extension ProteinGenerator {
  /// Every label belongs to a few functions, whose nodes usually have it; other nodes rarely have
  /// it.
  static func drawLabelProbabilities(_ generator: inout RandomGenerator) -> [Double] {
    var probabilities = [Double](repeating: 0, count: functionCount * targetCount)
    for target in 0..<targetCount {
      let background = 0.02 + 0.08 * generator.unit()
      for function in 0..<functionCount {
        probabilities[function * targetCount + target] = background
      }
      for _ in 0..<1 + generator.below(4) {
        probabilities[generator.below(functionCount) * targetCount + target] =
          0.4 + 0.4 * generator.unit()
      }
    }
    return probabilities
  }

  /// The labels of one node, 0 or 1.
  func labels(of node: Int) -> [UInt8] {
    // Streams after those of the edges.
    var random = RandomGenerator(seed: seed, stream: UInt64(nodeCount) + UInt64(node) + 1)
    let function = modules[Int(moduleOfNodes[node])].function
    return (0..<Self.targetCount).map { target in
      random.chance(labelProbabilities[function * Self.targetCount + target]) ? 1 : 0
    }
  }

  /// The nodes of each split, ascending: whole species, as in ogbn-proteins.
  var splits: (train: [Int32], validation: [Int32], test: [Int32]) {
    func nodes(_ isWanted: (Int32) -> Bool) -> [Int32] {
      (0..<Int32(nodeCount)).filter { isWanted(speciesOfNodes[Int($0)]) }
    }
    let (validation, test): (Set<Int32>, Set<Int32>) = ([6], [1, 5])
    return (
      nodes { !validation.contains($0) && !test.contains($0) }, nodes(validation.contains),
      nodes(test.contains)
    )
  }

  /// The data set in memory, for graphs of moderate size.
  public func dataset(name: String = "generated-proteins") -> NodeDataset {
    var (first, second): ([Int32], [Int32]) = ([], [])
    var scores: [Float] = []
    var edges = OwnedEdges(nodeCount: nodeCount)
    for node in 0..<nodeCount {
      drawEdges(of: node, &edges)
      for end in edges.ends {
        first.append(Int32(node))
        second.append(end)
      }
      for score in edges.scores { scores.append(Float(score) / 1000) }
    }
    let splits = splits
    return NodeDataset(
      name: name,
      graph: LargeGraph(
        nodeCount: nodeCount, firstEnds: first, secondEnds: second,
        scores: RealFeatures(values: scores, columns: Self.scoreCount)),
      species: speciesOfNodes, speciesValues: Self.species.map(\.value),
      labels: (0..<nodeCount).flatMap { labels(of: $0).map { Float($0) } },
      targetCount: Self.targetCount, train: splits.train, validation: splits.validation,
      test: splits.test, isSynthetic: true, sourceDescription: sourceDescription)
  }

  var sourceDescription: String {
    "synthetic protein associations, \(nodeCount) nodes, \(edgeCount) edges, seed \(seed)"
  }
}

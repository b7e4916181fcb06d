import OutcropCore

extension GraphDataset {
  /// The same graphs with random additional edges of a new type, which carry no information about the graph.
  ///
  /// The number of new edges of a graph is `fraction` times its number of undirected edges, rounded, or less
  /// if there are not enough free pairs. New edges join pairs of nodes without an edge, in both directions;
  /// their real attributes are 0. Existing edges come first, in the same order. Encodings are removed and
  /// must be computed again.
  /// - Returns: nil if edges have no types, because the new edges could not be distinguished.
  public func addingMeaninglessEdges(fraction: Double, seed: UInt64) -> GraphDataset? {
    if edgeVocabularies.isEmpty { return nil }
    let kinds = edgeKinds
    let new = kinds.newKind(edgeVocabularies)
    var generator = RandomGenerator(seed: seed)
    func change(_ graphs: [Graph]) -> [Graph] {
      graphs.map { $0.addingRandomEdges(fraction, new.row, &generator) }
    }
    let names = (0..<new.kind).map { edgeTypeName($0) } + ["meaningless"]
    return GraphDataset(
      name: "\(name) with meaningless edges", train: change(train), validation: change(validation),
      test: change(test), isSynthetic: isSynthetic, nodeTypeCount: nodeTypeCount,
      edgeTypeCount: new.vocabularies.max()!, nodeVocabularies: nodeVocabularies,
      edgeVocabularies: new.vocabularies, targetCount: targetCount, task: task,
      edgeTypeNames: names, classValues: classValues,
      sourceDescription: "\(sourceDescription); \(fraction) times as many edges again, placed at "
        + "random with seed \(seed), of a new type")
  }
}

extension Graph {
  fileprivate func addingRandomEdges(
    _ fraction: Double, _ type: [Int32], _ generator: inout RandomGenerator
  ) -> Graph {
    func pair(_ a: Int32, _ b: Int32) -> UInt64 { UInt64(min(a, b)) << 32 | UInt64(max(a, b)) }
    var joined = Set(zip(sources, destinations).lazy.filter { $0 != $1 }.map { pair($0, $1) })
    let free = nodeCount * (nodeCount - 1) / 2 - joined.count
    let wanted = min(free, Int((fraction * Double(joined.count)).rounded()))
    var (from, to) = ([Int32](), [Int32]())
    while from.count < 2 * wanted {
      let a = Int32(generator.below(nodeCount))
      let b = Int32(generator.below(nodeCount))
      guard a != b, joined.insert(pair(a, b)).inserted else { continue }
      from += [a, b]
      to += [b, a]
    }
    return Graph(
      nodeCount: nodeCount, sources: sources + from, destinations: destinations + to,
      nodeTypes: nodeTypes, nodeAttributes: nodeAttributes,
      edgeTypes: edgeTypes.map {
        IntegerFeatures(values: $0.values + from.flatMap { _ in type }, columns: $0.columns)
      },
      edgeAttributes: edgeAttributes.map {
        RealFeatures(
          values: $0.values + [Float](repeating: 0, count: from.count * $0.columns),
          columns: $0.columns)
      }, targets: targets)
  }
}

import OutcropCore

extension GraphDataset {
  /// The same graphs with edge types that carry no information: every directed edge gets a kind drawn
  /// independently and uniformly from the kinds that occur in the data set. The two directions of an edge
  /// are drawn separately.
  ///
  /// This is the data set `…-GLOBAL` of the program released with "Massive Activations in Graph Neural
  /// Networks" (arXiv 2409.03463), for any data set whose edges have types. An edge with several columns of
  /// categories gets the most frequent row of its kind. Structure, node features, real edge attributes,
  /// labels and vocabularies do not change, nor do encodings that do not depend on edge types.
  ///
  /// - Parameter seed: The seed of the draws. The training, validation and test graphs are drawn in this
  ///   order, edge by edge.
  /// - Returns: nil if edges have no types.
  public func relabelingEdges(seed: UInt64) -> GraphDataset? {
    if edgeVocabularies.isEmpty { return nil }
    let rows = mostFrequentEdgeRows()
    if rows.isEmpty { return nil }
    var generator = RandomGenerator(seed: seed)
    func change(_ graphs: [Graph]) -> [Graph] {
      graphs.map { graph in
        guard let types = graph.edgeTypes else { return graph }
        var changed = graph
        var values: [Int32] = []
        values.reserveCapacity(types.values.count)
        for _ in 0..<types.rows { values += rows[generator.below(rows.count)] }
        changed.edgeTypes = IntegerFeatures(values: values, columns: types.columns)
        return changed
      }
    }
    return GraphDataset(
      name: "\(name) with relabeled edges", train: change(train), validation: change(validation),
      test: change(test), isSynthetic: isSynthetic, nodeTypeCount: nodeTypeCount,
      edgeTypeCount: edgeTypeCount, nodeVocabularies: nodeVocabularies,
      edgeVocabularies: edgeVocabularies, targetCount: targetCount, task: task,
      edgeTypeNames: edgeTypeNames, classValues: classValues,
      sourceDescription:
        "\(sourceDescription); the type of every directed edge drawn at random from "
        + "\(rows.count) kinds with seed \(seed)")
  }

  /// The most frequent row of categories of each kind of edge that occurs, by ascending kind. Of equally
  /// frequent rows it is the smallest.
  private func mostFrequentEdgeRows() -> [[Int32]] {
    var counts: [Int32: [[Int32]: Int]] = [:]
    for graph in train + validation + test {
      guard let types = graph.edgeTypes else { continue }
      let kinds = edgeKinds(types, count: types.rows)
      for (edge, kind) in kinds.enumerated() {
        let row = Array(types.values[edge * types.columns..<(edge + 1) * types.columns])
        counts[kind, default: [:]][row, default: 0] += 1
      }
    }
    return counts.sorted { $0.key < $1.key }.map { _, rows in
      rows.max { a, b in
        a.value != b.value ? a.value < b.value : b.key.lexicographicallyPrecedes(a.key)
      }!.key
    }
  }
}

import OutcropCore

extension GraphDataset {
  /// A data set of values of any type, each of which `graph` makes a graph, split 80/10/10 at random.
  ///
  ///     let dataset = try GraphDataset(days, name: "calls", task: .classification(classCount: 2)) { day in
  ///       try Graph(
  ///         checking: "a day", nodeCount: day.people, sources: day.calls.map(\.from),
  ///         destinations: day.calls.map(\.to),
  ///         edgeAttributes: RealFeatures(values: day.calls.map(\.minutes)),
  ///         targets: [day.wasBusy ? 1 : 0])
  ///     }
  ///
  /// For splits of your own, make the graphs and use `init(checking:name:train:…)`.
  ///
  /// - Parameters:
  ///   - values: what the graphs are made of, at least three.
  ///   - name: the name of the data set.
  ///   - task: what is predicted.
  ///   - edgeTypeNames: names of the edges' kinds, where known.
  ///   - splitSeed: fixes the split.
  ///   - graph: makes the graph of a value.
  /// - Throws: `InputError` with the split, number and field of the first graph that does not fit the
  ///   others, and what `graph` throws.
  public init<Values: Sequence>(
    _ values: Values, name: String, task: Task, edgeTypeNames: [String]? = nil,
    splitSeed: UInt64 = 0, _ graph: (Values.Element) throws -> Graph
  ) throws {
    let graphs = try values.map(graph)
    guard graphs.count >= 3 else {
      throw InputError(
        file: name, found: "\(graphs.count) graph\(graphs.count == 1 ? "" : "s")",
        expected: "at least 3, one for each of training, validation and test")
    }
    let parts = randomSplit(of: graphs.count, seed: splitSeed).map { $0.map { graphs[$0] } }
    try self.init(
      checking: name, name: name, train: parts[0], validation: parts[1], test: parts[2],
      task: task, edgeTypeNames: edgeTypeNames,
      sourceDescription: "graphs of the program, split 80/10/10 at random, seed \(splitSeed)")
  }
}

/// 80%, 10% and 10% of the numbers 0 ..< count, drawn at random and each part ascending; at least one in
/// each of the last two parts.
package func randomSplit(of count: Int, seed: UInt64) -> [[Int]] {
  var generator = RandomGenerator(seed: seed)
  let order = generator.permutation(count)
  let held = max(1, count / 10)
  let cuts = [0, count - 2 * held, count - held, count]
  return (0..<3).map { part in order[cuts[part]..<cuts[part + 1]].sorted() }
}

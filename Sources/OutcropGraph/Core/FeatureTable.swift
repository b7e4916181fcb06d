import OutcropCore

/// What the two kinds of features share, for code that treats them alike.
package protocol FeatureTable {
  associatedtype Value
  var values: [Value] { get }
  var columns: Int { get }
  init(values: [Value], columns: Int)
}

extension IntegerFeatures: FeatureTable {}
extension RealFeatures: FeatureTable {}

/// One kind of feature of all graphs, one after the other; nil when no graph has it.
///
/// Traps when some graphs have it and others don't, or their columns differ, or a graph's rows are
/// not as many as `rows` says.
package func concatenate<Features: FeatureTable>(
  _ graphs: [Graph], _ name: String, _ features: (Graph) -> Features?, _ rows: (Graph) -> Int
) -> Features? {
  guard let first = graphs.first else { return nil }
  guard let columns = features(first)?.columns else {
    for (index, graph) in graphs.enumerated() {
      require(
        features(graph) == nil,
        "GraphBatch: graph \(index) has \(name), expected none as in graph 0")
    }
    return nil
  }
  var values = [Features.Value]()
  values.reserveCapacity(graphs.reduce(0) { $0 + rows($1) } * columns)
  for (index, graph) in graphs.enumerated() {
    let part = features(graph)
    require(
      part?.columns == columns && part?.values.count == rows(graph) * columns,
      "GraphBatch: graph \(index) has \(name) of "
        + "[\(part.map { "\($0.values.count / $0.columns), \($0.columns)" } ?? "none")], "
        + "expected [\(rows(graph)), \(columns)]")
    if let part { values.append(contentsOf: part.values) }
  }
  return Features(values: values, columns: columns)
}

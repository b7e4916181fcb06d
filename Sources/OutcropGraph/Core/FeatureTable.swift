import OutcropCore

/// The common interface of `IntegerFeatures` and `RealFeatures`, for generic code. No other type conforms.
public protocol FeatureTable: Sendable, Equatable {
  /// The type of one value.
  associatedtype Value: Sendable
  /// [rows × columns], row after row.
  var values: [Value] { get set }
  /// The number of values in a row.
  var columns: Int { get }
  /// Features from row-major `values`. Traps unless their count is a multiple of `columns`.
  init(values: [Value], columns: Int)
  /// The rows with the given numbers, in that order.
  func rows(_ order: [Int32]) -> Self
}

extension IntegerFeatures: FeatureTable {}
extension RealFeatures: FeatureTable {}

/// One kind of feature, concatenated over all graphs; nil if no graph has it.
///
/// Traps if some graphs have the feature and others do not, if the numbers of columns differ, or if the
/// number of a graph's rows is not `rows`.
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

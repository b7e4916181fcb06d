import OutcropStatistics

/// A run's massive activations by one median, and its edges, by type, summed over its layers.
struct EdgeTypeTotals {
  var types: [StudyResults.EdgeTypeCount] = []
  var massive = 0
  var edges = 0
  /// The number of edges with a massive entry; nil if it is unknown for a type.
  var massiveEdges: Int? = 0

  init(_ run: StudyResults.Run, by median: MedianKind) {
    var position: [Int: Int] = [:]
    for count in run.layers.flatMap({ $0[.edge(median)]?.byEdgeType ?? [] }) {
      if let known = position[count.id] {
        types[known].massive += count.massive
        types[known].edges += count.edges
        types[known].massiveEdges = Self.sum(types[known].massiveEdges, count.massiveEdges)
        types[known].enrichment = nil
      } else {
        position[count.id] = types.count
        types.append(count)
      }
      massive += count.massive
      edges += count.edges
      massiveEdges = Self.sum(massiveEdges, count.massiveEdges)
    }
  }

  private static func sum(_ first: Int?, _ second: Int?) -> Int? {
    first.flatMap { first in second.map { first + $0 } }
  }
}

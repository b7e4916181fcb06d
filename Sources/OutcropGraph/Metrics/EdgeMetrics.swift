import Foundation
import OutcropCore

extension UndirectedEdges {
  /// The entropy in bits of the edge types around each pair: H = −Σ_t p_t log₂ p_t, where p_t is the
  /// share of type t among the edges at one or both of the two nodes, including the edge
  /// itself.
  ///
  /// Every pair of nodes, including a loop, counts once for each type of its directed edges. 0 means that
  /// there is only one type; a graph without types has one type.
  ///
  /// - Parameters:
  ///   - types: `Graph.edgeTypes` of the graph.
  ///   - column: the column of `types` to use as the type.
  public func typeEntropy(_ types: IntegerFeatures?, column: Int = 0) -> [Double] {
    guard let types else { return Array(repeating: 0, count: pairs.count) }
    require(
      types.rows == pairOfRow.count && (0..<types.columns).contains(column),
      "typeEntropy: found \(types.rows) rows of \(types.columns) types and column \(column), "
        + "expected \(pairOfRow.count) rows and a column among them")
    let typesOfPair = rows.map { rows in Set(rows.map { types[Int($0), column] }) }
    var pairsOfNode = [[Int32]](repeating: [], count: nodeCount)
    for (number, pair) in pairs.enumerated() {
      pairsOfNode[Int(pair.first)].append(Int32(number))
      if pair.second != pair.first { pairsOfNode[Int(pair.second)].append(Int32(number)) }
    }
    return pairs.enumerated().map { number, pair in
      var counts: [Int32: Int] = [:]
      func count(_ pair: Int32) {
        for type in typesOfPair[Int(pair)] { counts[type, default: 0] += 1 }
      }
      pairsOfNode[Int(pair.first)].forEach(count)
      if pair.second != pair.first {
        // The edge itself is at both nodes; count it only once.
        for other in pairsOfNode[Int(pair.second)] where other != Int32(number) { count(other) }
      }
      return entropy(counts.values.sorted())
    }
  }

  /// The sum of the degrees of each pair's two nodes, without loops and repeated edges.
  public func endpointDegree() -> [Double] {
    pairs.map { Double(degree($0.first) + degree($0.second)) }
  }
}

private func entropy(_ counts: [Int]) -> Double {
  let total = Double(counts.reduce(0, +))
  // A single type gives −1 · log₂ 1, which is −0.
  return counts.count == 1
    ? 0 : -counts.reduce(0) { $0 + Double($1) / total * log2(Double($1) / total) }
}

extension Graph {
  /// The betweenness centrality of each directed edge in the underlying undirected graph, see
  /// `UndirectedEdges.betweenness(normalized:)`; NaN for an edge of `addedEdges`.
  public func edgeBetweenness(normalized: Bool = true) -> [Double] {
    let edges = UndirectedEdges(self)
    return edges.byRow(edges.betweenness(normalized: normalized))
  }

  /// The entropy in bits of the edge types around each directed edge, see
  /// `UndirectedEdges.typeEntropy(_:column:)`; NaN for an edge of `addedEdges`.
  public func edgeTypeEntropy(column: Int = 0) -> [Double] {
    let edges = UndirectedEdges(self)
    return edges.byRow(edges.typeEntropy(edgeTypes, column: column))
  }

  /// The sum of the degrees of each directed edge's nodes in the underlying undirected graph; NaN for an edge
  /// of `addedEdges`.
  public func edgeEndpointDegree() -> [Double] {
    let edges = UndirectedEdges(self)
    return edges.byRow(edges.endpointDegree())
  }
}

/// One edge type's share of the massive activations of a layer.
public struct EdgeTypeShare: Sendable, Equatable, Codable {
  /// The edge type.
  public var type: Int
  /// Edges of this type.
  public var edges: Int
  /// Edges of this type with at least one entry above the threshold.
  public var massiveEdges: Int
  /// Entries above the threshold on edges of this type.
  public var massiveEntries: Int
  /// `edges` over all edges.
  public var edgeShare: Double
  /// `massiveEntries` over all entries above the threshold; 0 when there are none.
  public var massiveShare: Double

  /// How many times more often than its share of edges the type carries massive activations:
  /// `massiveShare` / `edgeShare`. nil without massive activations.
  public var enrichment: Double?
}

/// Edge types as indices into the list of types that occur.
struct EdgeTypeIndex {
  /// The types that occur, ascending.
  let types: [Int]
  /// Each row's position in `types`.
  let rows: [Int32]

  init(_ edgeTypes: [Int32], rowCount: Int) throws(StatisticsError) {
    if edgeTypes.count != rowCount {
      throw .wrongCount(name: "edge types", found: edgeTypes.count, expected: rowCount)
    }
    var largest: Int32 = -1
    for (row, type) in edgeTypes.enumerated() {
      if type < 0 || type > 0xFFFF { throw .invalidEdgeType(row: row, found: Int(type)) }
      largest = max(largest, type)
    }
    var position = [Int32](repeating: -1, count: Int(largest) + 1)
    for type in edgeTypes { position[Int(type)] = 0 }
    types = position.indices.filter { position[$0] == 0 }
    for (index, type) in types.enumerated() { position[type] = Int32(index) }
    rows = edgeTypes.map { position[Int($0)] }
  }

  /// The shares, given the number of massive entries of each row.
  func shares(massiveEntriesOfRow: [Int32]) -> [EdgeTypeShare] {
    var edges = [Int](repeating: 0, count: types.count)
    var massiveEdges = edges
    var massiveEntries = edges
    for (row, index) in rows.enumerated() {
      let massive = Int(massiveEntriesOfRow[row])
      edges[Int(index)] += 1
      massiveEdges[Int(index)] += massive > 0 ? 1 : 0
      massiveEntries[Int(index)] += massive
    }
    return EdgeTypeShare.shares(
      types.indices.map { (types[$0], edges[$0], massiveEdges[$0], massiveEntries[$0]) })
  }
}

extension EdgeTypeShare {
  /// The shares of types with the given counts, which must include all types.
  static func shares(
    _ counts: [(type: Int, edges: Int, massiveEdges: Int, massiveEntries: Int)]
  ) -> [EdgeTypeShare] {
    let edges = counts.reduce(0) { $0 + $1.edges }
    let total = counts.reduce(0) { $0 + $1.massiveEntries }
    return counts.map { count in
      let edgeShare = Double(count.edges) / Double(edges)
      let massiveShare = total == 0 ? 0 : Double(count.massiveEntries) / Double(total)
      return EdgeTypeShare(
        type: count.type, edges: count.edges, massiveEdges: count.massiveEdges,
        massiveEntries: count.massiveEntries, edgeShare: edgeShare, massiveShare: massiveShare,
        enrichment: total == 0 ? nil : massiveShare / edgeShare)
    }
  }
}

import OutcropGraph

extension Graph {
  /// The graph without the undirected edges for which `keeps` is false.
  ///
  /// Nodes keep all their data, such as positional encodings, and the other edges keep their attributes; only
  /// messages are removed. In a full graph (`addedEdges`) two nodes always have an edge: a removed edge
  /// becomes an added one of type 0 with attributes 0, in each direction that it had.
  package func masking(_ edges: UndirectedEdges, keeps: [Bool]) -> Graph {
    var isLinked = Set<UInt64>()
    var rows: [Int32] = []
    var turned: [Int] = []
    let isFull = addedEdges != nil
    for row in 0..<edgeCount {
      let pair = edges.pairOfRow[row]
      if pair < 0 || keeps[Int(pair)] {
        rows.append(Int32(row))
      } else if isFull, sources[row] != destinations[row] {
        let key =
          UInt64(UInt32(bitPattern: sources[row])) << 32
          | UInt64(UInt32(bitPattern: destinations[row]))
        guard isLinked.insert(key).inserted else { continue }
        turned.append(rows.count)
        rows.append(Int32(row))
      }
    }
    var result = self
    result.sources = rows.map { sources[Int($0)] }
    result.destinations = rows.map { destinations[Int($0)] }
    result.edgeTypes = edgeTypes?.rows(rows)
    result.edgeAttributes = edgeAttributes?.rows(rows)
    result.attributes = attributes.rows(rows, of: .edge)
    if var added = result.addedEdges {
      for row in turned { added[row] = 1 }
      result.addedEdges = added
    }
    for row in turned {
      for column in 0..<(edgeTypes?.columns ?? 0) { result.edgeTypes![row, column] = 0 }
      for column in 0..<(edgeAttributes?.columns ?? 0) { result.edgeAttributes![row, column] = 0 }
    }
    return result
  }
}

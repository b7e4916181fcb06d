/// The undirected graph that underlies a graph's directed edges.
///
/// Each unordered pair of nodes with at least one edge in any direction is one undirected edge; so is a loop.
/// Edges that were added to make the graph full (`Graph.addedEdges`) are excluded.
public struct UndirectedEdges: Sendable {
  /// The number of nodes.
  public let nodeCount: Int
  /// The pairs, first ≤ second, in order of first appearance.
  public let pairs: [(first: Int32, second: Int32)]
  /// The directed edges of each pair, ascending.
  public let rows: [[Int32]]
  /// [directed edges] The pair of each directed edge; −1 for an added edge.
  public let pairOfRow: [Int32]
  /// The other nodes that share a pair with node i: `neighbors[offsets[i] ..< offsets[i + 1]]`.
  let offsets: [Int32]
  let neighbors: [Int32]
  /// The pair of each entry of `neighbors`.
  let neighborPairs: [Int32]

  /// The undirected graph of `graph`, in O(edges) on average.
  public init(_ graph: Graph) {
    nodeCount = graph.nodeCount
    var numbers: [UInt64: Int32] = [:]
    var pairs: [(first: Int32, second: Int32)] = []
    var rows: [[Int32]] = []
    let added = graph.addedEdges
    pairOfRow = (0..<graph.edgeCount).map { row in
      if let added, added[row] != 0 { return -1 }
      let (source, destination) = (graph.sources[row], graph.destinations[row])
      let (first, second) = (min(source, destination), max(source, destination))
      let key = UInt64(UInt32(bitPattern: first)) << 32 | UInt64(UInt32(bitPattern: second))
      let number = numbers[key] ?? Int32(pairs.count)
      if Int(number) == pairs.count {
        numbers[key] = number
        pairs.append((first, second))
        rows.append([])
      }
      rows[Int(number)].append(Int32(row))
      return number
    }
    self.pairs = pairs
    self.rows = rows
    let proper = pairs.indices.filter { pairs[$0].first != pairs[$0].second }
    let index = EdgeIndex(
      sources: proper.map { pairs[$0].first } + proper.map { pairs[$0].second },
      destinations: proper.map { pairs[$0].second } + proper.map { pairs[$0].first },
      nodeCount: graph.nodeCount)
    offsets = index.destinationOffsets
    neighbors = index.sources
    neighborPairs = index.originalOrder.map { Int32(proper[Int($0) % proper.count]) }
  }

  /// The number of other nodes that node `node` shares a pair with.
  public func degree(_ node: Int32) -> Int {
    Int(offsets[Int(node) + 1] - offsets[Int(node)])
  }

  /// Values of pairs converted to values of directed edges; NaN for an added edge.
  public func byRow(_ values: [Double]) -> [Double] {
    pairOfRow.map { $0 < 0 ? .nan : values[Int($0)] }
  }

  /// Values of directed edges converted to values of pairs: the largest value of a pair's edges; NaN if all
  /// are NaN.
  public func largest(of values: [Double]) -> [Double] {
    rows.map { rows in
      rows.reduce(.nan) { largest, row in
        let value = values[Int(row)]
        return largest.isNaN || value > largest ? value : largest
      }
    }
  }
}

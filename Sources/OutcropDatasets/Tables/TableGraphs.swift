import OutcropCore
import OutcropGraph

/// The graphs that tables of nodes, edges and graphs describe.
struct TableGraphs {
  /// Nodes and edges of all graphs, with features.
  private(set) var flat = FlatGraphs()
  /// For each node in the order of `flat`, its row in the table of nodes; nil where the order is the same.
  private(set) var nodeOrder: [Int32]?
  /// Whether a table says which graph its rows belong to.
  let hasManyGraphs: Bool

  private let names: GraphNames
  private let nodes: TableColumns
  private let edges: TableColumns

  /// Joins the tables. `nodes` may be nil: then every name in the table of edges is a node, numbered as
  /// they first occur. Throws `InputError` for rows that do not fit together.
  init(nodes: TableColumns?, edges: TableColumns, graphs: TableColumns?) throws {
    hasManyGraphs = graphs != nil || nodes?.graphs != nil || edges.graphs != nil
    self.edges = edges
    if hasManyGraphs {
      for (table, row) in [(nodes, "node"), (edges, "edge")] {
        guard let table, table.graphs == nil, table.rowCount > 0 else { continue }
        let place = table.places.first
        throw InputError(
          file: place?.file ?? "", line: place.map { $0.line > 1 ? $0.line - 1 : 1 },
          found: "no column graph_id",
          expected: "the graph of every \(row), since there are several")
      }
    }
    var names = try GraphNames(graphs)
    let nodeGraphs = try names.numbers(nodes?.graphs, nodes, isOpen: graphs == nil)
    let edgeGraphs = try names.numbers(edges.graphs, edges, isOpen: graphs == nil && nodes == nil)
    self.names = names
    let graphCount = hasManyGraphs ? names.count : 1
    guard let nodes else {
      self.nodes = TableColumns()
      try joinNamedNodes(edgeGraphs, graphCount)
      return
    }
    self.nodes = nodes
    let grouping = Grouping(nodeGraphs, nodes.rowCount, graphCount)
    flat.nodeOffsets = grouping.offsets
    nodeOrder = grouping.order
    try joinEdges(edgeGraphs, graphCount)
  }

  /// The number of graphs.
  var count: Int { flat.count }

  /// Sets the features of nodes and edges, which are in the order of the tables.
  mutating func setFeatures(nodes: TableFeatures?, edges: TableFeatures) {
    flat.nodeTypes = nodes?.types.map { table in nodeOrder.map { table.rows($0) } ?? table }
    flat.nodeAttributes = nodes?.attributes.map { table in nodeOrder.map { table.rows($0) } ?? table
    }
    flat.edgeTypes = edges.types.map { table in edgeOrder.map { table.rows($0) } ?? table }
    flat.edgeAttributes = edges.attributes.map { table in edgeOrder.map { table.rows($0) } ?? table
    }
  }

  /// Sets the labels of the graphs, in their order.
  mutating func setTargets(_ values: [Float], columns: Int) {
    flat.targets = RealFeatures(values: values, columns: max(1, columns))
  }

  /// Adds the inverse of every edge, as `wish` says; by default where no edge has one. Returns what was done,
  /// for readers.
  mutating func addInverses(_ wish: OGBDataset.InverseEdges, isDirected: Bool?) -> String {
    var (with, without) = (0, 0)
    switch (wish, isDirected) {
    case (.add, _), (.automatic, false): flat.addsInverseEdges = true
    case (.keep, _), (.automatic, true): flat.addsInverseEdges = false
    case (.automatic, nil):
      (with, without) = flat.inverseCounts()
      flat.addsInverseEdges = with == 0
    }
    if flat.addsInverseEdges { return "inverse edges added" }
    return with > 0 && without > 0
      ? "edges as stored, directed: \(without) of \(with + without) have no inverse"
      : "edges as stored"
  }

  /// Calls `body` with the types of nodes and edges, to change them.
  mutating func withTypes<Result>(
    _ body: (inout [IntegerFeatures?], inout [IntegerFeatures?]) -> Result
  ) -> Result {
    var (nodes, edges) = ([flat.nodeTypes], [flat.edgeTypes])
    (flat.nodeTypes, flat.edgeTypes) = (nil, nil)
    let result = body(&nodes, &edges)
    (flat.nodeTypes, flat.edgeTypes) = (nodes[0], edges[0])
    return result
  }

  private var edgeOrder: [Int32]?

  /// Numbers the nodes of each graph and replaces the edges' names by them.
  private mutating func joinEdges(_ edgeGraphs: [Int32], _ graphCount: Int) throws {
    let numbers = try NodeNumbers(nodes, order: nodeOrder, offsets: flat.nodeOffsets)
    let grouping = Grouping(edgeGraphs, edges.rowCount, graphCount)
    (flat.edgeOffsets, edgeOrder) = (grouping.offsets, grouping.order)
    guard let sources = edges.names, let destinations = edges.destinations else { return }
    func ends(_ column: IdentifierColumn) throws -> [Int32] {
      var graph = 0
      return try [Int32](unsafeUninitializedCapacity: edges.rowCount) { result, count in
        try column.keys.withUnsafeBufferPointer { keys in
          for place in 0..<edges.rowCount {
            let row = edgeOrder.map { Int($0[place]) } ?? place
            while place >= grouping.offsets[graph + 1] { graph += 1 }
            guard let number = numbers.number(of: keys[row], graph) else {
              throw unknown(keys[row], column, row, graph)
            }
            result.initializeElement(at: place, to: number)
          }
        }
        count = edges.rowCount
      }
    }
    flat.sources = try ends(sources)
    flat.destinations = try ends(destinations)
  }

  private func unknown(
    _ key: Int64, _ column: IdentifierColumn, _ row: Int, _ graph: Int
  ) -> InputError {
    let file = nodes.places.first.map { lastComponent($0.file) } ?? "the nodes"
    return edges.error(
      row, found: "node \(column.description(of: key))",
      expected: "a node of \(file)" + (hasManyGraphs ? " in graph \(names.description(graph))" : "")
    )
  }

  /// Without a table of nodes.
  private mutating func joinNamedNodes(_ edgeGraphs: [Int32], _ graphCount: Int) throws {
    let grouping = Grouping(edgeGraphs, edges.rowCount, graphCount)
    (flat.edgeOffsets, edgeOrder) = (grouping.offsets, grouping.order)
    guard let sources = edges.names, let destinations = edges.destinations else {
      flat.nodeOffsets = [Int](repeating: 0, count: graphCount + 1)
      return
    }
    if graphCount == 1, let small = SmallNames(sources.keys, destinations.keys) {
      (flat.sources, flat.destinations) = (small.sources, small.destinations)
      flat.nodeOffsets = [0, small.count]
      return
    }
    var numbers = KeyNumbers(capacity: 1024)
    var counts = [Int32](repeating: 0, count: graphCount)
    flat.sources.reserveCapacity(edges.rowCount)
    flat.destinations.reserveCapacity(edges.rowCount)
    var graph = 0
    for place in 0..<edges.rowCount {
      let row = edgeOrder.map { Int($0[place]) } ?? place
      while place >= grouping.offsets[graph + 1] { graph += 1 }
      for isSource in [true, false] {
        let key = isSource ? sources.keys[row] : destinations.keys[row]
        var number = counts[graph]
        if let known = numbers.set(key, in: Int32(graph), to: number) {
          number = known
        } else {
          counts[graph] += 1
        }
        if isSource { flat.sources.append(number) } else { flat.destinations.append(number) }
      }
    }
    var offsets = [0]
    for count in counts { offsets.append(offsets[offsets.count - 1] + Int(count)) }
    flat.nodeOffsets = offsets
  }
}

/// The numbers of nodes in the order in which their names first occur, where names are small integers.
private struct SmallNames {
  private(set) var sources: [Int32] = []
  private(set) var destinations: [Int32] = []
  private(set) var count = 0

  /// Nil for other names.
  init?(_ first: [Int64], _ second: [Int64]) {
    let limit = Int64(4 * first.count + 1024)
    guard first.allSatisfy({ $0 >= 0 && $0 < limit }), second.allSatisfy({ $0 >= 0 && $0 < limit })
    else { return nil }
    var numbers = [Int32](repeating: -1, count: Int(limit))
    var count: Int32 = 0
    func number(_ key: Int64, _ numbers: UnsafeMutableBufferPointer<Int32>) -> Int32 {
      let known = numbers[Int(key)]
      if known >= 0 { return known }
      numbers[Int(key)] = count
      count += 1
      return count - 1
    }
    sources.reserveCapacity(first.count)
    destinations.reserveCapacity(first.count)
    numbers.withUnsafeMutableBufferPointer { numbers in
      for row in first.indices {
        sources.append(number(first[row], numbers))
        destinations.append(number(second[row], numbers))
      }
    }
    self.count = Int(count)
  }
}

/// The last part of a path.
func lastComponent(_ path: String) -> String {
  path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
}

/// The graphs by name.
private struct GraphNames {
  private(set) var count: Int
  private var numbers: KeyNumbers
  private var keys: [Int64] = []
  private var column: IdentifierColumn?
  private var table: TableColumns?

  /// The graphs of a table of graphs, where there is one; without names they are 0, 1, ….
  init(_ table: TableColumns?) throws {
    count = table?.rowCount ?? 0
    numbers = KeyNumbers(capacity: count)
    self.table = table
    column = table?.names
    for row in 0..<count {
      let key = column?.keys[row] ?? Int64(row)
      keys.append(key)
      if numbers.set(key, in: 0, to: Int32(row)) != nil {
        throw table!.error(
          row, found: "graph \(column!.description(of: key)) for the second time",
          expected: "every graph once")
      }
    }
  }

  /// The number of each row's graph; 0 for all without a column. With `isOpen` new names are new graphs.
  mutating func numbers(
    _ column: IdentifierColumn?, _ rows: TableColumns?, isOpen: Bool
  ) throws -> [Int32] {
    guard let column, let rows else { return [] }
    self.column = self.column ?? column
    var result: [Int32] = []
    result.reserveCapacity(column.keys.count)
    var last: (key: Int64, number: Int32)?
    for (row, key) in column.keys.enumerated() {
      if let last, last.key == key {
        result.append(last.number)
        continue
      }
      var number = numbers.number(of: key, in: 0)
      if number == nil, isOpen {
        number = Int32(count)
        _ = numbers.set(key, in: 0, to: number!)
        keys.append(key)
        count += 1
      }
      guard let number else {
        let file = table?.places.first.map { lastComponent($0.file) } ?? "the nodes"
        throw rows.error(
          row, found: "graph \(column.description(of: key))", expected: "a graph of \(file)")
      }
      last = (key, number)
      result.append(number)
    }
    return result
  }

  func description(_ graph: Int) -> String {
    graph < keys.count ? column?.description(of: keys[graph]) ?? "\(keys[graph])" : "\(graph)"
  }
}

/// Rows grouped by graph, in their order inside a graph.
private struct Grouping {
  /// [graphs + 1]
  var offsets: [Int]
  /// For each place its row; nil where the rows are in order.
  var order: [Int32]?

  /// `graphs` is empty where all rows are of graph 0.
  init(_ graphs: [Int32], _ rows: Int, _ count: Int) {
    offsets = [Int](repeating: 0, count: count + 1)
    if graphs.isEmpty {
      for graph in 0..<count { offsets[graph + 1] = rows }
      return
    }
    var isOrdered = true
    var last: Int32 = 0
    for graph in graphs {
      offsets[Int(graph) + 1] += 1
      isOrdered = isOrdered && graph >= last
      last = graph
    }
    for graph in 0..<count { offsets[graph + 1] += offsets[graph] }
    if isOrdered { return }
    var next = offsets
    var order = [Int32](repeating: 0, count: rows)
    for (row, graph) in graphs.enumerated() {
      order[next[Int(graph)]] = Int32(row)
      next[Int(graph)] += 1
    }
    self.order = order
  }
}

/// The number of each node in its graph, by its name.
private struct NodeNumbers {
  /// For graphs whose nodes have the names first, first + 1, … in their order.
  private var firsts: [Int64]
  private var counts: [Int32]
  private var others = KeyNumbers(capacity: 0)

  init(_ nodes: TableColumns, order: [Int32]?, offsets: [Int]) throws {
    let graphs = offsets.count - 1
    firsts = [Int64](repeating: 0, count: graphs)
    counts = (0..<graphs).map { Int32(offsets[$0 + 1] - offsets[$0]) }
    guard let column = nodes.names else { return }
    for graph in 0..<graphs {
      let range = offsets[graph]..<offsets[graph + 1]
      guard !range.isEmpty else { continue }
      func row(_ place: Int) -> Int { order.map { Int($0[place]) } ?? place }
      let first = column.keys[row(range.lowerBound)]
      let isDense = range.allSatisfy { place in
        column.keys[row(place)] == first &+ Int64(place - range.lowerBound)
      }
      if isDense, first >= -largestIdentifier {
        firsts[graph] = first
        continue
      }
      counts[graph] = 0
      for place in range {
        let key = column.keys[row(place)]
        if others.set(key, in: Int32(graph), to: Int32(place - range.lowerBound)) != nil {
          throw nodes.error(
            row(place), found: "node \(column.description(of: key)) for the second time",
            expected: "every node once" + (graphs > 1 ? " in a graph" : ""))
        }
      }
    }
  }

  @inline(__always)
  func number(of key: Int64, _ graph: Int) -> Int32? {
    let place = key &- firsts[graph]
    if place >= 0, place < Int64(counts[graph]) { return Int32(truncatingIfNeeded: place) }
    return others.number(of: key, in: Int32(graph))
  }
}

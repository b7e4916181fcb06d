import Foundation
import OutcropCore
import OutcropGraph

/// The content of one TUDataset folder, as plain arrays over all graphs.
struct TUSplit {
  let folder: TUFolder
  /// [graphs + 1] The nodes of graph g are `nodeOffsets[g] ..< nodeOffsets[g + 1]`.
  let nodeOffsets: [Int32]
  /// [graphs + 1] The edges of graph g are `edgeOffsets[g] ..< edgeOffsets[g + 1]` of `edgeOrder`.
  let edgeOffsets: [Int32]
  /// The edges grouped by graph; nil if the file has that order.
  let edgeOrder: [Int32]?
  let sources: [Int32]
  let destinations: [Int32]
  var nodeTypes: IntegerFeatures?
  let nodeAttributes: RealFeatures?
  var edgeTypes: IntegerFeatures?
  var edgeAttributes: RealFeatures?
  let targetFile: String
  var targets: RealFeatures

  var graphCount: Int { nodeOffsets.count - 1 }

  /// Reads the folder; `targetSuffix` as in `TUDataset.Options.targetFile`.
  init(folder: TUFolder, targetSuffix: String) throws {
    self.folder = folder
    let indicator = try folder.requiredFile("graph_indicator")
    let nodeGraph = try readIndicator(indicator)
    // The labels determine the number of graphs, because graphs without nodes are in no other file.
    targetFile = try folder.requiredFile(targetSuffix)
    let lastGraph = Int(nodeGraph[nodeGraph.count - 1]) + 1
    targets = try readRealTable(
      targetFile, rows: RowCount(count: lastGraph, unit: "graph of \(name(indicator))"),
      missing: targetSuffix == "graph_labels" ? .nan : .none, mayBeMore: true)
    let graphCount = targets.rows
    nodeOffsets = groupOffsets(nodeGraph, graphCount)

    let adjacency = try folder.requiredFile("A")
    let edges = try readAdjacency(adjacency, nodeGraph, indicator)
    (sources, destinations) = (edges.sources, edges.destinations)
    let grouping = EdgeGrouping(edges.sources, nodeGraph, graphCount)
    (edgeOffsets, edgeOrder) = (grouping.offsets, grouping.order)

    let nodeRows = RowCount(count: nodeGraph.count, unit: "node of \(name(indicator))")
    let edgeRows = RowCount(count: edges.sources.count, unit: "edge of \(name(adjacency))")
    nodeTypes = try folder.file("node_labels").map { try readIntegerTable($0, rows: nodeRows) }
    nodeAttributes = try folder.file("node_attributes").map {
      try readRealTable($0, rows: nodeRows)
    }
    edgeTypes = try folder.file("edge_labels").map { try readIntegerTable($0, rows: edgeRows) }
    edgeAttributes = try folder.file("edge_attributes").map {
      try readRealTable($0, rows: edgeRows)
    }
  }

  /// The number of graphs without nodes.
  var emptyGraphCount: Int {
    zip(nodeOffsets, nodeOffsets.dropFirst()).count { $0 == $1 }
  }

  /// The graphs, each with node numbers from 0.
  func graphs() -> [Graph] {
    (0..<graphCount).map { index in
      let nodes = Int(nodeOffsets[index])..<Int(nodeOffsets[index + 1])
      let edges = Int(edgeOffsets[index])..<Int(edgeOffsets[index + 1])
      let first = nodeOffsets[index]
      return Graph(
        nodeCount: nodes.count,
        sources: edgeRows(sources, 1, edges).map { $0 - first },
        destinations: edgeRows(destinations, 1, edges).map { $0 - first },
        nodeTypes: nodeTypes.map {
          IntegerFeatures(values: rows($0.values, $0.columns, nodes), columns: $0.columns)
        },
        nodeAttributes: nodeAttributes.map {
          RealFeatures(values: rows($0.values, $0.columns, nodes), columns: $0.columns)
        },
        edgeTypes: edgeTypes.map {
          IntegerFeatures(values: edgeRows($0.values, $0.columns, edges), columns: $0.columns)
        },
        edgeAttributes: edgeAttributes.map {
          RealFeatures(values: edgeRows($0.values, $0.columns, edges), columns: $0.columns)
        },
        targets: rows(targets.values, targets.columns, index..<index + 1))
    }
  }

  private func rows<Value>(_ values: [Value], _ columns: Int, _ range: Range<Int>) -> [Value] {
    Array(values[range.lowerBound * columns..<range.upperBound * columns])
  }

  private func edgeRows<Value>(_ values: [Value], _ columns: Int, _ range: Range<Int>) -> [Value] {
    guard let edgeOrder else { return rows(values, columns, range) }
    if columns == 1 { return edgeOrder[range].map { values[Int($0)] } }
    return edgeOrder[range].flatMap { values[Int($0) * columns..<(Int($0) + 1) * columns] }
  }
}

/// The last component of a path.
private func name(_ path: String) -> String { (path as NSString).lastPathComponent }

/// The 0-based graph of each node, ascending. Graphs without nodes are left out.
private func readIndicator(_ file: String) throws -> [Int32] {
  var nodeGraph: [Int32] = []
  var last: Int32 = 0
  var scanner = RowScanner(file, columns: 1)
  _ = try scanner.integers { part, _, first in
    for (index, graph) in part.enumerated() {
      guard graph >= max(last, 1) else {
        throw InputError(
          file: file, line: first + index, found: "graph \(graph)",
          expected: "graph \(max(last, 1)) or a later one")
      }
      last = graph
    }
    nodeGraph.append(contentsOf: part)
  }
  if nodeGraph.isEmpty {
    throw InputError(file: file, line: 1, found: "no graph", expected: "at least one")
  }
  return nodeGraph.map { $0 - 1 }
}

/// The edges in 0-based node numbers, each checked to stay inside one graph.
private func readAdjacency(
  _ file: String, _ nodeGraph: [Int32], _ indicator: String
) throws -> (sources: [Int32], destinations: [Int32]) {
  var sources: [Int32] = []
  var destinations: [Int32] = []
  sources.reserveCapacity(nodeGraph.count * 2)
  destinations.reserveCapacity(nodeGraph.count * 2)
  try nodeGraph.withUnsafeBufferPointer { nodeGraph in
    let nodeCount = UInt32(nodeGraph.count)
    func fault(_ source: Int32, _ destination: Int32, _ line: Int) -> InputError {
      // Negative numbers and 0 become large unsigned numbers.
      let ends = (UInt32(bitPattern: source &- 1), UInt32(bitPattern: destination &- 1))
      guard ends.0 < nodeCount, ends.1 < nodeCount else {
        return InputError(
          file: file, line: line,
          found: "node \(ends.0 < nodeCount ? destination : source)",
          expected: "1 ... \(nodeCount), the nodes of \(name(indicator))")
      }
      return InputError(
        file: file, line: line,
        found: "an edge from node \(source) of graph \(nodeGraph[Int(ends.0)] + 1) "
          + "to node \(destination) of graph \(nodeGraph[Int(ends.1)] + 1)",
        expected: "an edge inside one graph")
    }
    var scanner = RowScanner(file, columns: 2)
    _ = try scanner.integers { part, _, first in
      let count = part.count / 2
      let before = sources.count
      sources.append(contentsOf: repeatElement(0, count: count))
      destinations.append(contentsOf: repeatElement(0, count: count))
      try sources.withUnsafeMutableBufferPointer { sources in
        try destinations.withUnsafeMutableBufferPointer { destinations in
          for edge in 0..<count {
            let (source, destination) = (part[2 * edge] &- 1, part[2 * edge + 1] &- 1)
            guard UInt32(bitPattern: source) < nodeCount,
              UInt32(bitPattern: destination) < nodeCount,
              nodeGraph[Int(source)] == nodeGraph[Int(destination)]
            else { throw fault(source &+ 1, destination &+ 1, first + edge) }
            sources[before + edge] = source
            destinations[before + edge] = destination
          }
        }
      }
    }
  }
  return (sources, destinations)
}

/// Edges grouped by graph, in file order inside a graph.
private struct EdgeGrouping {
  var offsets: [Int32]
  var order: [Int32]?

  init(_ sources: [Int32], _ nodeGraph: [Int32], _ graphCount: Int) {
    let edgeGraph = sources.map { nodeGraph[Int($0)] }
    offsets = groupOffsets(edgeGraph, graphCount)
    if zip(edgeGraph, edgeGraph.dropFirst()).allSatisfy(<=) { return }
    var next = offsets
    var order = [Int32](repeating: 0, count: sources.count)
    for (edge, graph) in edgeGraph.enumerated() {
      order[Int(next[Int(graph)])] = Int32(edge)
      next[Int(graph)] += 1
    }
    self.order = order
  }
}

/// The start of each group when elements are grouped by the given group numbers.
private func groupOffsets(_ groups: [Int32], _ count: Int) -> [Int32] {
  var offsets = [Int32](repeating: 0, count: count + 1)
  for group in groups { offsets[Int(group) + 1] += 1 }
  for group in 0..<count { offsets[group + 1] += offsets[group] }
  return offsets
}

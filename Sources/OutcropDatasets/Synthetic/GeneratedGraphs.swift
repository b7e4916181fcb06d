import OutcropCore
import OutcropGraph

/// The graphs `indices` of a generator, made in parallel. `graph` must not depend on the order of its calls.
func generatedGraphs(_ indices: Range<Int>, _ graph: (Int) -> Graph) -> [Graph] {
  let empty = Graph(nodeCount: 0, sources: [], destinations: [])
  var graphs = [Graph](repeating: empty, count: indices.count)
  graphs.withUnsafeMutableBufferPointer { graphs in
    ThreadPool.forRanges(graphs.count, grain: 32) { range in
      for position in range { graphs[position] = graph(indices.lowerBound + position) }
    }
  }
  return graphs
}

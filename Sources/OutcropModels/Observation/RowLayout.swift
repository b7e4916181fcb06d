import OutcropGraph
import OutcropStatistics

/// The graphs, edge kinds and ends that the rows of one activation belong to.
struct RowLayout {
  /// Rows offsets[g] ..< offsets[g + 1] belong to graph g; a batch of sampled neighbors is one graph.
  let offsets: [Int]
  /// For edges: their kind, and their ends as nodes of their graph.
  let origins: RowOrigins

  init(_ rows: ActivationRows, count: Int, layer: Int, _ batch: GraphBatch, _ kinds: EdgeKinds) {
    guard batch.blocks.isEmpty else {
      // Sampled neighbors of one large graph count as one batch.
      offsets = [0, count]
      let block = batch.block(layer)
      origins =
        rows == .edges
        ? RowOrigins(
          edgeTypes: kinds(block.edgeTypes, count: count), sources: block.edges.sources,
          destinations: block.edges.destinations) : RowOrigins()
      return
    }
    switch rows {
    case .other:
      offsets = [0, count]
      origins = RowOrigins()
    case .nodes:
      offsets = batch.nodeOffsets.map { Int($0) }
      origins = RowOrigins()
    case .edges:
      // Edges are grouped by destination, and so graph by graph.
      offsets = batch.nodeOffsets.map { Int(batch.edges.destinationOffsets[Int($0)]) }
      let starts = batch.edgeGraph.map { batch.nodeOffsets[Int($0)] }
      origins = RowOrigins(
        edgeTypes: kinds(batch.edgeTypes, count: batch.edgeCount),
        sources: zip(batch.edges.sources, starts).map { $0 - $1 },
        destinations: zip(batch.edges.destinations, starts).map { $0 - $1 })
    }
  }
}

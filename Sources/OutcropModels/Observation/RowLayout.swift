import OutcropGraph
import OutcropStatistics

/// The graphs, edge kinds and ends that the rows of one activation belong to.
struct RowLayout {
  /// Rows offsets[g] ..< offsets[g + 1] belong to graph g; a batch of sampled neighbors is one graph.
  let offsets: [Int]
  /// For edges: their kind, and their ends as nodes of their graph.
  let origins: RowOrigins

  init(_ rows: ActivationRows, count: Int, layer: Int, _ batch: GraphBatch, _ kinds: EdgeKinds) {
    offsets = Self.offsets(rows, count: count, batch)
    guard batch.blocks.isEmpty else {
      let block = batch.block(layer)
      origins =
        rows == .edges
        ? RowOrigins(
          edgeTypes: kinds(block.edgeTypes, count: count), sources: block.edges.sources,
          destinations: block.edges.destinations) : RowOrigins()
      return
    }
    switch rows {
    case .other, .nodes: origins = RowOrigins()
    case .edges:
      let starts = batch.edgeGraph.map { batch.nodeOffsets[Int($0)] }
      origins = RowOrigins(
        edgeTypes: kinds(batch.edgeTypes, count: batch.edgeCount),
        sources: zip(batch.edges.sources, starts).map { $0 - $1 },
        destinations: zip(batch.edges.destinations, starts).map { $0 - $1 })
    }
  }

  /// `offsets` alone.
  static func offsets(_ rows: ActivationRows, count: Int, _ batch: GraphBatch) -> [Int] {
    // Sampled neighbors of one large graph count as one batch.
    if !batch.blocks.isEmpty { return [0, count] }
    return switch rows {
    case .other: [0, count]
    case .nodes: batch.nodeOffsets.map { Int($0) }
    // Edges are grouped by destination, and so graph by graph.
    case .edges: batch.nodeOffsets.map { Int(batch.edges.destinationOffsets[Int($0)]) }
    }
  }
}

extension Activation {
  /// Rows offsets[g] ..< offsets[g + 1] are graph g's; a batch of sampled neighbors is one graph.
  package func batchOffsets(in batch: GraphBatch) -> [Int] {
    RowLayout.offsets(rows, count: values.shape[0], batch)
  }
}

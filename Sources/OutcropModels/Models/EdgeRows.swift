import OutcropCore
import OutcropGraph
import OutcropTensor

/// Row indices of a batch's edges, for gathering node vectors by edge and for summing edge vectors by
/// node. They are created on first use from the groups of the edge index.
public final class EdgeRows: Sendable {
  private let edges: EdgeIndex
  private let known = Locked<(sources: RowIndex?, destinations: RowIndex?)>((nil, nil))

  /// The row indices of `edges`.
  public init(_ edges: EdgeIndex) { self.edges = edges }

  /// The source node of each edge, in destination order.
  public var sources: RowIndex {
    known.withLock { known in
      if let sources = known.sources { return sources }
      let index = RowIndex(
        edges.sources, rowCount: edges.sourceCount,
        inverse: (edges.sourceOffsets, edges.sourceOrder))
      known.sources = index
      return index
    }
  }

  /// The destination node of each edge, in destination order.
  public var destinations: RowIndex {
    known.withLock { known in
      if let destinations = known.destinations { return destinations }
      let index = RowIndex(
        edges.destinations, rowCount: edges.destinationCount,
        inverse: (edges.destinationOffsets, (0..<Int32(edges.edgeCount)).map { $0 }))
      known.destinations = index
      return index
    }
  }
}

import OutcropCore
import OutcropGraph
import OutcropTensor

/// The rows of a batch's edges as row indices, for gathering node vectors by edge and for adding edge
/// vectors up by node. Made once, when first asked for, from the groups that the edges have already.
public final class EdgeRows: Sendable {
  private let edges: EdgeIndex
  private let known = Locked<(sources: RowIndex?, destinations: RowIndex?)>((nil, nil))

  public init(_ edges: EdgeIndex) { self.edges = edges }

  /// For each edge, in destination order, the node that it leaves.
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

  /// For each edge, in destination order, the node that it enters.
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

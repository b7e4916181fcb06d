import OutcropGraph
import OutcropModels
import OutcropStatistics
import OutcropTensor

/// An observer that keeps the activations of each layer, with what each row belongs to.
///
/// Memory grows with the data: rows · width · 4 bytes a layer.
public final class ActivationCollector: ActivationObserver {
  /// One layer's activations over all batches seen.
  public struct Layer: Sendable {
    /// Row-major [rows, width].
    public internal(set) var values: [Float] = []
    public internal(set) var width = 0
    /// Graph g's rows are `graphOffsets[g]` ..< `graphOffsets[g + 1]`.
    public internal(set) var graphOffsets = [0]
  }

  /// The layers of one kind, by number.
  public private(set) var layers: [ActivationKind: [Layer]] = [:]
  /// For edge rows, in the order of the layers' rows: type, source and destination within the graph.
  public private(set) var edgeTypes: [Int32] = []
  public private(set) var sources: [Int32] = []
  public private(set) var destinations: [Int32] = []
  /// The same for each layer of sampled blocks, whose edges are its own; numbers are those within the
  /// block, and every edge is of type 0. Empty for whole graphs.
  private var blockEdges: [Int: (sources: [Int32], destinations: [Int32])] = [:]
  private let kinds: Set<ActivationKind>

  public init(kinds: Set<ActivationKind> = [.edge, .node]) { self.kinds = kinds }

  public func observe<Scalar: TensorScalar>(_ activation: Activation<Scalar>, in batch: GraphBatch)
  {
    guard kinds.contains(activation.kind) else { return }
    if activation.layer == 0, activation.kind == .edge, batch.blocks.isEmpty { appendEdges(batch) }
    var list = layers[activation.kind] ?? []
    // Moved out while it grows, so that appending does not copy what is there.
    layers[activation.kind] = nil
    while list.count <= activation.layer { list.append(Layer()) }
    activation.values.withUnsafeBufferPointer { values in
      list[activation.layer].values.append(contentsOf: values.lazy.map { Float($0) })
    }
    list[activation.layer].width = activation.values.shape[1]
    let start = list[activation.layer].graphOffsets.last!
    if !batch.blocks.isEmpty {
      // Sampled neighbours of one large graph: a batch is what its rows have in common.
      if activation.kind == .edge {
        let edges = batch.blocks[activation.layer].edges
        blockEdges[activation.layer, default: ([], [])].sources += edges.sources
        blockEdges[activation.layer, default: ([], [])].destinations += edges.destinations
      }
      list[activation.layer].graphOffsets.append(start + activation.values.shape[0])
      layers[activation.kind] = list
      return
    }
    // Rows come graph by graph: nodes as they are, edges because they are grouped by destination.
    for graph in 0..<batch.graphCount {
      let end = batch.nodeOffsets[graph + 1]
      list[activation.layer].graphOffsets.append(
        start + Int(activation.kind == .edge ? batch.edges.destinationOffsets[Int(end)] : end))
    }
    layers[activation.kind] = list
  }

  /// Type, source and destination of the edges behind a layer's rows.
  func edges(
    ofLayer layer: Int
  ) -> (types: [Int32], sources: [Int32], destinations: [Int32]) {
    guard let own = blockEdges[layer] else { return (edgeTypes, sources, destinations) }
    return (Array(repeating: 0, count: own.sources.count), own.sources, own.destinations)
  }

  private func appendEdges(_ batch: GraphBatch) {
    edgeTypes +=
      batch.edgeTypes.map { types in
        types.columns == 1 ? types.values : (0..<batch.edgeCount).map { types[$0, 0] }
      } ?? Array(repeating: 0, count: batch.edgeCount)
    for edge in 0..<batch.edgeCount {
      let start = batch.nodeOffsets[Int(batch.edgeGraph[edge])]
      sources.append(batch.edges.sources[edge] - start)
      destinations.append(batch.edges.destinations[edge] - start)
    }
  }
}

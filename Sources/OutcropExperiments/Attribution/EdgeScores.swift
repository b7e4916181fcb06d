import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropStatistics
import OutcropTensor

/// The scores of one graph's directed edges, in the graph's order. The shapes count directed edges.
public struct GraphEdgeScores: Sendable {
  /// The undirected edges that belong to the directed ones.
  public let edges: UndirectedEdges
  /// [layers][edges] The largest ratio |x| / row median over the edge's channels in each layer; infinite if a
  /// median is 0, NaN if it is NaN or all values are 0.
  public let massiveByLayer: [[Float]]
  /// [edges] The largest of an edge's ratios over all layers; NaN if all are NaN.
  public let massive: [Float]
  /// [edges] The normalized betweenness centrality; NaN for an edge that was added to make the graph full.
  public let betweenness: [Double]
  /// [edges] The entropy of the edge types around the edge, in bits; NaN for an added edge.
  public let typeEntropy: [Double]
  /// [edges] The sum of the degrees of both ends; NaN for an added edge.
  public let endpointDegree: [Double]
  /// [edges] The balanced Forman curvature; NaN for an added edge and for an edge from a node to itself.
  public let curvature: [Double]
  /// [edges] A random number, uniform in 0 ..< 1 and the same for both directions of an edge.
  public let random: [Double]

  init(_ graph: Graph, massiveByLayer: [[Float]], edgeKinds: EdgeKinds, seed: UInt64) {
    edges = UndirectedEdges(graph)
    self.massiveByLayer = massiveByLayer
    massive = (0..<graph.edgeCount).map { edge in
      massiveByLayer.reduce(.nan) { largest, layer in
        largest.isNaN || layer[edge] > largest ? layer[edge] : largest
      }
    }
    betweenness = edges.byRow(edges.betweenness())
    let kinds = graph.edgeTypes.map {
      IntegerFeatures(values: edgeKinds($0, count: graph.edgeCount))
    }
    typeEntropy = edges.byRow(edges.typeEntropy(kinds, column: 0))
    endpointDegree = edges.byRow(edges.endpointDegree())
    curvature = edges.byRow(edges.formanCurvature())
    var generator = RandomGenerator(seed: seed)
    random = edges.byRow(edges.pairs.map { _ in generator.unit() })
  }

  /// The measure's value for each directed edge.
  public func values(_ measure: EdgeMeasure) -> [Double] {
    switch measure {
    case .massiveActivation: massive.map { Double($0) }
    case .betweenness: betweenness
    case .typeEntropy: typeEntropy
    case .endpointDegree: endpointDegree
    case .curvature: curvature
    case .random: random
    }
  }

  /// The measure's value for each undirected edge: the larger value of its two directions.
  public func pairValues(_ measure: EdgeMeasure) -> [Double] {
    edges.largest(of: values(measure))
  }

  /// The number of the graph's directed edges with a ratio above `threshold` in some layer, without edges
  /// that were added to make the graph full.
  public func massiveEdgeCount(threshold: Float) -> Int {
    massive.indices.count { massive[$0] > threshold && edges.pairOfRow[$0] >= 0 }
  }
}

/// The scores of the edges of several graphs: a trained model's massive activations, measures of structure,
/// and random numbers.
public struct EdgeScores: Sendable {
  /// The scores of each graph, in the given order.
  public let graphs: [GraphEdgeScores]
  /// The layers of `massiveByLayer` in ascending order: those with recorded edge activations.
  public let layers: [Int]

  init(graphs: [GraphEdgeScores], layers: [Int]) { (self.graphs, self.layers) = (graphs, layers) }

  /// Scores the edges of `graphs`, which have the encodings that the model reads (`GraphModel.encode`).
  ///
  /// Edges that were added to make a graph full have a ratio but no measure of structure, and are left out of
  /// all comparisons. Traps on graphs that the model cannot run on: call `GraphModel.problem(with:)` first.
  ///
  /// - Parameters:
  ///   - model: the model, which runs in evaluation mode.
  ///   - graphs: the graphs whose edges are scored.
  ///   - batchSize: graphs in a batch; the results depend on it only in their rounding.
  ///   - edgeKinds: the kinds of the edges (see `GraphDataset.edgeKinds`).
  ///   - seed: the seed of the random scores.
  public init<Scalar>(
    of model: some GraphModel<Scalar>, on graphs: [Graph], batchSize: Int = 128,
    edgeKinds: EdgeKinds = EdgeKinds(vocabularies: []), seed: UInt64 = 0
  ) {
    let observer = EdgeRatioObserver()
    Self.run(model, on: graphs, batchSize: batchSize, observer)
    let layers = observer.layers.keys.sorted()
    var starts = [0]
    for graph in graphs { starts.append(starts.last! + graph.edgeCount) }
    let scored = Locked([GraphEdgeScores?](repeating: nil, count: graphs.count))
    let ratios = layers.map { observer.layers[$0]! }
    ThreadPool.run(chunks: graphs.count) { index in
      let scores = GraphEdgeScores(
        graphs[index],
        massiveByLayer: ratios.map { Array($0[starts[index]..<starts[index + 1]]) },
        edgeKinds: edgeKinds, seed: mixed(seed &+ mixed(UInt64(index))))
      scored.withLock { $0[index] = scores }
    }
    self.graphs = scored.withLock { $0.map { $0! } }
    self.layers = layers
  }

  /// Runs a model in evaluation mode over all graphs, batch by batch. Returns the number of its layers.
  @discardableResult
  static func run<Scalar>(
    _ model: some GraphModel<Scalar>, on graphs: [Graph], batchSize: Int,
    _ observer: some ActivationObserver
  ) -> Int {
    let layers = LayerCount()
    for start in stride(from: 0, to: graphs.count, by: batchSize) {
      let batch = GraphBatch(graphs[start..<min(graphs.count, start + batchSize)])
      withoutGradients { _ = model(batch, .evaluation(observers: [observer, layers])) }
    }
    return layers.count
  }

  /// The graphs with the most massive edges above `threshold`, most first, the earlier graph first
  /// where equal; graphs without any are left out.
  public func mostMassive(threshold: Float = 1000, count: Int) -> [(graph: Int, edges: Int)] {
    let counts = graphs.enumerated().map {
      (graph: $0, edges: $1.massiveEdgeCount(threshold: threshold))
    }
    let sorted = counts.filter { $0.edges > 0 }.sorted {
      ($1.edges, $0.graph) < ($0.edges, $1.graph)
    }
    return Array(sorted.prefix(count))
  }
}

/// The rank correlation of massive activations with a measure of structure.
public struct ScoreCorrelation: Sendable, Equatable, Codable {
  /// The measure of structure.
  public var measure: EdgeMeasure
  /// The layer of the ratios; nil for the largest ratio over all layers.
  public var layer: Int?
  /// The rank correlation and its interval.
  public var correlation: Spearman
}

extension EdgeScores {
  /// The rank correlations of massive activations with each measure of structure, over all directed edges
  /// that were not added: first with the largest ratios over all layers, then layer by layer.
  ///
  /// The intervals come from resampling graphs, see `Spearman`. The edges of all graphs are ranked together.
  /// Two measures that both differ between large and small graphs are therefore correlated, even if they are
  /// not within a graph.
  public func correlations(
    resamples: Int = 1000, level: Double = 0.95, seed: UInt64 = 0
  ) -> [ScoreCorrelation] {
    var owners: [Int] = []
    for (number, graph) in graphs.enumerated() {
      owners += graph.edges.pairOfRow.filter { $0 >= 0 }.map { _ in number }
    }
    func column(_ values: (GraphEdgeScores) -> [Double]) -> [Double] {
      graphs.flatMap { graph in
        zip(values(graph), graph.edges.pairOfRow).filter { $1 >= 0 }.map(\.0)
      }
    }
    let measures = EdgeMeasure.ofStructure.map { measure in
      (measure: measure, values: column { $0.values(measure) })
    }
    let all: [(layer: Int?, values: [Double])] =
      [(nil, column { $0.values(.massiveActivation) })]
      + layers.enumerated().map { place, layer in
        (layer, column { $0.massiveByLayer[place].map { Double($0) } })
      }
    return all.flatMap { massive in
      measures.map { measure in
        do {
          return ScoreCorrelation(
            measure: measure.measure, layer: massive.layer,
            correlation: try Spearman(
              massive.values, measure.values, graphs: owners, resamples: resamples, level: level,
              seed: seed))
        } catch {
          preconditionFailure("EdgeScores.correlations: \(error)")
        }
      }
    }
  }
}

/// Counts the layers with recorded edge activations.
private final class LayerCount: ActivationObserver {
  private(set) var count = 0

  func wants(_ kind: ActivationKind) -> Bool { kind == .edge }

  func observe<Scalar: TensorScalar>(_ activation: Activation<Scalar>, in batch: GraphBatch) {
    count = max(count, activation.layer + 1)
  }
}

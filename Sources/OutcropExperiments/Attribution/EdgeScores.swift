import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropStatistics
import OutcropTensor

/// The scores of one graph's directed edges, in the graph's order.
public struct GraphEdgeScores: Sendable {
  /// The undirected edges that the directed ones stand for.
  public let edges: UndirectedEdges
  /// [layers][edges] The largest ratio |x| / row median over the edge's channels in each layer.
  /// Infinite where a median is 0, NaN where it is NaN or all values are 0.
  public let massiveByLayer: [[Float]]
  /// [edges] The largest of an edge's ratios over all layers; NaN where all are.
  public let massive: [Float]
  /// [edges] NaN for an edge that was added to make the graph full, as are the next three.
  public let betweenness: [Double]
  public let typeEntropy: [Double]
  public let endpointDegree: [Double]
  /// [edges] Also NaN for an edge from a node to itself.
  public let curvature: [Double]
  /// [edges] Uniform in 0 ..< 1, the same for both directions of an edge.
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

  /// The measure's value of each directed edge.
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

  /// The measure's value of each undirected edge: the larger of its directions'.
  public func pairValues(_ measure: EdgeMeasure) -> [Double] {
    edges.largest(of: values(measure))
  }

  /// The number of the graph's own directed edges with a ratio above `threshold` in some layer.
  public func massiveEdgeCount(threshold: Float) -> Int {
    massive.indices.count { massive[$0] > threshold && edges.pairOfRow[$0] >= 0 }
  }
}

/// What marks a graph's edges, for all graphs of a set: a trained model's massive activations, measures
/// of structure, chance.
public struct EdgeScores: Sendable {
  /// One for each graph, in the order given.
  public let graphs: [GraphEdgeScores]
  /// The layers with recorded edge activations, ascending: those of `massiveByLayer`.
  public let layers: [Int]

  init(graphs: [GraphEdgeScores], layers: [Int]) { (self.graphs, self.layers) = (graphs, layers) }

  /// Scores the edges of `graphs`, which carry the encodings that the model reads (`GraphModel.encode`).
  ///
  /// The model runs in evaluation mode. A full-graph model's added edges get a ratio but no measure of
  /// structure: they are left out of all that follows. Traps on graphs that the model has a problem
  /// with: ask `GraphModel.problem(with:)` first.
  ///
  /// - Parameters:
  ///   - model: the model, which runs in evaluation mode.
  ///   - graphs: the graphs whose edges are scored.
  ///   - batchSize: graphs in a batch; the results don't depend on it beyond rounding.
  ///   - edgeKinds: what edges are counted under (see `GraphDataset.edgeKinds`).
  ///   - seed: of the random scores.
  public init<Scalar>(
    of model: some GraphModel<Scalar>, on graphs: [Graph], batchSize: Int = 128,
    edgeKinds: EdgeKinds = EdgeKinds(vocabularies: []), seed: UInt64 = 0
  ) {
    let observer = EdgeRatioObserver()
    for start in stride(from: 0, to: graphs.count, by: batchSize) {
      let batch = GraphBatch(graphs[start..<min(graphs.count, start + batchSize)])
      withoutGradients { _ = model(batch, .evaluation(observers: [observer])) }
    }
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
  public var measure: EdgeMeasure
  /// The layer whose ratios are meant; nil for the largest over all layers.
  public var layer: Int?
  public var correlation: Spearman
}

extension EdgeScores {
  /// The rank correlations of massive activations with each measure of structure, over all directed
  /// edges but added ones: first over all layers, then layer by layer.
  ///
  /// The intervals come from resampling graphs, see `Spearman`. A measure is compared across graphs,
  /// not within each: one that differs between large and small graphs correlates with whatever else
  /// does.
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

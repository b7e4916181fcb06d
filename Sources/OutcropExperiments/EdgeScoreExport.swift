import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropReport
import OutcropStatistics

/// The edge scores of one model on the graphs of a split, for other programs: the largest ratio of every
/// directed edge by both medians and by layer, measures of structure, and drawings.
public struct EdgeScoreExport: Sendable {
  /// A ratio above it is massive.
  public var threshold = 1000.0
  /// The medians of the ratios; one graph is one batch.
  public var medians = MedianKind.allCases
  /// The number of graphs to draw: those with the most massive edges, or the largest ratios if none is massive.
  public var drawingCount = 12
  /// Graphs in a batch.
  public var batchSize = 128

  public init() {}

  /// What is exported.
  public struct Content: Sendable {
    /// A line for each directed edge, with a line of headings; see ``EdgeScoreExport``.
    public var edges: String
    /// Drawings with the numbers of their graphs.
    public var drawings: [(graph: Int, figure: SVGFigure)]
    /// The heat maps of heads and channels, with the layer and the median.
    public var headMaps: [(layer: Int, median: MedianKind, figure: SVGFigure)]
  }

  /// Scores the edges of `split`. The graphs carry the encodings that the model reads.
  ///
  /// The columns of `edges` are the graph's number in the split, the numbers of the source and the
  /// destination node within the graph, the edge's type, the largest ratio over all layers and its layer, the
  /// ratio of each layer (all for each median), and betweenness, type entropy, endpoint degree and curvature. A
  /// field is empty for what is undefined; `inf` stands for an infinite ratio.
  public func content(
    of model: some GraphModel<Float>, on dataset: GraphDataset, split: GraphDataset.Split
  ) -> Content {
    let graphs = dataset[split]
    let scores = EdgeScores(
      of: model, on: graphs, batchSize: batchSize, edgeKinds: dataset.edgeKinds)
    let ratios = ratios(of: model, on: graphs, scores)
    return Content(
      edges: csv(graphs, dataset, scores, ratios),
      drawings: drawings(graphs, dataset, scores),
      headMaps: headMaps(of: model, on: graphs, dataset))
  }

  /// For each median and layer the largest ratio of every edge, graph after graph.
  private func ratios(
    of model: some GraphModel<Float>, on graphs: [Graph], _ scores: EdgeScores
  ) -> [(median: MedianKind, layers: [[Float]])] {
    medians.map { median in
      if median == .row {
        return (
          median,
          scores.layers.indices.map { layer in scores.graphs.flatMap { $0.massiveByLayer[layer] } }
        )
      }
      let observer = EdgeRatioObserver(median: median)
      EdgeScores.run(model, on: graphs, batchSize: batchSize, observer)
      return (median, scores.layers.map { observer.layers[$0] ?? [] })
    }
  }

  private func csv(
    _ graphs: [Graph], _ dataset: GraphDataset, _ scores: EdgeScores,
    _ ratios: [(median: MedianKind, layers: [[Float]])]
  ) -> String {
    var heads = ["graph", "source", "destination", "type"]
    for (median, _) in ratios {
      heads += ["\(median.rawValue)_ratio", "\(median.rawValue)_layer"]
      heads += scores.layers.map { "\(median.rawValue)_ratio_layer_\($0)" }
    }
    heads += ["betweenness", "type_entropy", "endpoint_degree", "curvature"]
    var text = heads.joined(separator: ",") + "\n"
    var start = 0
    for (number, graph) in graphs.enumerated() {
      let found = scores.graphs[number]
      let kinds = dataset.edgeKinds(graph.edgeTypes, count: graph.edgeCount)
      for edge in 0..<graph.edgeCount {
        var fields = [
          "\(number)", "\(graph.sources[edge])", "\(graph.destinations[edge])",
          graph.edgeTypes == nil ? "" : DataTable.quoted(dataset.edgeTypeName(Int(kinds[edge]))),
        ]
        for (_, layers) in ratios {
          let values = layers.map { $0[start + edge] }
          let most = values.indices.filter { !values[$0].isNaN }.max { values[$0] < values[$1] }
          fields.append(most.map { Self.number(Double(values[$0])) } ?? "")
          fields.append(most.map { "\(scores.layers[$0])" } ?? "")
          fields += values.map { Self.number(Double($0)) }
        }
        fields += [
          found.betweenness, found.typeEntropy, found.endpointDegree, found.curvature,
        ].map { Self.number($0[edge]) }
        text += fields.joined(separator: ",") + "\n"
      }
      start += graph.edgeCount
    }
    return text
  }

  /// As in the report's tables, but empty if undefined.
  private static func number(_ value: Double) -> String {
    DataTable.number(value.isNaN ? nil : value)
  }

  private func drawings(
    _ graphs: [Graph], _ dataset: GraphDataset, _ scores: EdgeScores
  ) -> [(graph: Int, figure: SVGFigure)] {
    var shown = scores.mostMassive(threshold: Float(threshold), count: drawingCount).map(\.graph)
    if shown.isEmpty {
      let largest = scores.graphs.map { $0.massive.filter(\.isFinite).max() ?? 0 }
      shown = Array(
        largest.indices.sorted { (largest[$1], $0) < (largest[$0], $1) }.prefix(drawingCount))
    }
    return shown.map { number in
      (
        number,
        Figures.molecule(
          MoleculeDrawing(
            name: "Graph \(number)", graph: graphs[number], scores: scores.graphs[number],
            dataset: dataset, threshold: threshold))
      )
    }
  }

  private func headMaps(
    of model: some GraphModel<Float>, on graphs: [Graph], _ dataset: GraphDataset
  ) -> [(layer: Int, median: MedianKind, figure: SVGFigure)] {
    let counter = ChannelCounter(
      thresholds: [Float(threshold)], medians: medians, edgeKinds: dataset.edgeKinds)
    let layers = EdgeScores.run(model, on: graphs, batchSize: batchSize, counter)
    var heads = 1
    if case .number(let number)? = model.configurationFields["n_heads"] { heads = Int(number) }
    return (0..<layers).flatMap { layer in
      medians.compactMap { median -> (Int, MedianKind, SVGFigure)? in
        counter.results(layer: layer, median, typeName: { dataset.edgeTypeName($0) }).flatMap {
          Figures.headMap(
            $0, threshold: Double(Float(threshold)), heads: heads,
            title: "Layer \(layer), over \(NumberText.ratio(threshold)): heads, "
              + median.name)
        }.map { (layer, median, $0) }
      }
    }
  }
}

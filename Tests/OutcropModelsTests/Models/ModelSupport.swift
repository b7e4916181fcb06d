import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropTensor
import OutcropTestSupport

/// A small model, for tests that change one thing of it.
func smallConfiguration(
  _ change: (inout GraphTransformerConfiguration) -> Void = { _ in }
) -> GraphTransformerConfiguration {
  var result = GraphTransformerConfiguration()
  result.hiddenWidth = 16
  result.outputWidth = 16
  result.headCount = 4
  result.layerCount = 2
  result.encodingWidth = 3
  change(&result)
  return result
}

/// Random graphs with self loops, repeated edges and isolated nodes, both positional encodings and one
/// label; `hasEdges` false for graphs of nodes alone.
func randomGraphs(_ count: Int, seed: UInt64, hasEdges: Bool = true) -> [Graph] {
  var generator = RandomGenerator(seed: seed)
  return (0..<count).map { _ in
    let nodes = 3 + generator.below(8)
    let edges = hasEdges ? 2 * nodes : 0
    func draw(_ count: Int, below bound: Int) -> [Int32] {
      (0..<count).map { _ in Int32(generator.below(bound)) }
    }
    var graph = Graph(
      nodeCount: nodes, sources: draw(edges, below: nodes),
      destinations: draw(edges, below: nodes - 1),
      nodeTypes: IntegerFeatures(values: draw(nodes, below: 28)),
      edgeTypes: IntegerFeatures(values: draw(edges, below: 4)),
      targets: [Float(generator.normal())])
    graph.attributes[.laplacianEigenvectors] = RealFeatures(
      values: (0..<3 * nodes).map { _ in Float(generator.normal()) }, columns: 3)
    graph.attributes[.weisfeilerLehmanRoles] = IntegerFeatures(values: draw(nodes, below: 37))
    return graph
  }
}

/// The graph with its nodes renumbered and its edges in another order.
func shuffled(_ graph: Graph, using generator: inout RandomGenerator) -> Graph {
  // Node `order[i]` becomes node i.
  let order = generator.permutation(graph.nodeCount).map { Int32($0) }
  var place = [Int32](repeating: 0, count: graph.nodeCount)
  for (new, old) in order.enumerated() { place[Int(old)] = Int32(new) }
  let edges = generator.permutation(graph.edgeCount)
  let edgeRows = edges.map { Int32($0) }
  return Graph(
    nodeCount: graph.nodeCount, sources: edges.map { place[Int(graph.sources[$0])] },
    destinations: edges.map { place[Int(graph.destinations[$0])] },
    nodeTypes: graph.nodeTypes?.rows(order),
    nodeAttributes: graph.nodeAttributes?.rows(order),
    edgeTypes: graph.edgeTypes?.rows(edgeRows),
    edgeAttributes: graph.edgeAttributes?.rows(edgeRows),
    targets: graph.targets,
    attributes: graph.attributes.rows(order, of: .node).rows(edgeRows, of: .edge))
}

/// `steps` Adam steps on one batch; the loss before each.
@discardableResult
func train<S: TensorScalar>(
  _ model: some GraphModel<S>, _ graphs: [Graph], steps: Int, learningRate: Double = 3e-3
) -> [Double] {
  let batch = GraphBatch(graphs)
  let targets = Targets<S>(batch)
  let adam = Adam(model, learningRate: learningRate)
  let context = ForwardContext(isTraining: true, generator: RandomGenerator(seed: 5))
  return (0..<steps).map { _ in
    model.zeroGradients()
    let loss = targets.loss(model(batch, context))
    loss.backward()
    adam.step()
    return Double(loss.values[0])
  }
}

func scores<S: TensorScalar>(_ model: some GraphModel<S>, _ graphs: [Graph]) -> [S] {
  withoutGradients { model(GraphBatch(graphs), .evaluation()).values }
}

import OutcropGraph

/// A graph of random size with every kind of feature; possibly without edges, with loops and with
/// repeated edges.
public func randomGraph(_ random: inout TestRandom, targets: Int = 2) -> Graph {
  let nodes = Int.random(in: 1...12, using: &random)
  let edges = Bool.random(using: &random) ? Int.random(in: 0...40, using: &random) : 0
  func integers(_ count: Int) -> [Int32] {
    (0..<count).map { _ in Int32.random(in: 0..<9, using: &random) }
  }
  func reals(_ count: Int) -> [Float] {
    (0..<count).map { _ in Float.random(in: -2..<2, using: &random) }
  }
  func ends() -> [Int32] {
    (0..<edges).map { _ in Int32.random(in: 0..<Int32(nodes), using: &random) }
  }
  var graph = Graph(
    nodeCount: nodes, sources: ends(), destinations: ends(),
    nodeTypes: IntegerFeatures(values: integers(nodes * 2), columns: 2),
    nodeAttributes: RealFeatures(values: reals(nodes * 3), columns: 3),
    edgeTypes: IntegerFeatures(values: integers(edges)),
    edgeAttributes: RealFeatures(values: reals(edges * 2), columns: 2), targets: reals(targets))
  graph.attributes[.laplacianEigenvectors] = RealFeatures(values: reals(nodes * 4), columns: 4)
  graph.attributes[.weisfeilerLehmanRoles] = IntegerFeatures(values: integers(nodes))
  return graph
}

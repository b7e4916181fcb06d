import OutcropCore
import OutcropDatasets
import OutcropGraph
import OutcropReport

extension MoleculeDrawing {
  /// The drawing of a graph with the massive-activation score of each undirected edge, the larger score of
  /// its two directions.
  ///
  /// Edges that were added to make the graph full are not drawn, nor are edges from a node to itself.
  ///
  /// - Parameters:
  ///   - name: the figure's title.
  ///   - scores: the scores of this graph's edges.
  ///   - layer: an index in `GraphEdgeScores.massiveByLayer`; nil for the largest over all layers.
  ///   - dataset: gives the names of node and edge types, see `nodeNames(of:)`.
  ///   - threshold: an edge with a larger score is massive.
  public init(
    name: String, graph: Graph, scores: GraphEdgeScores, layer: Int? = nil,
    dataset: GraphDataset, threshold: Double = 1000
  ) {
    let names = Self.nodeNames(of: dataset)
    let atoms = (0..<graph.nodeCount).map { node -> String in
      guard let types = graph.nodeTypes else { return "\(node)" }
      let type = Int(types[node, 0])
      return names.map { $0.indices.contains(type) ? $0[type] : "\(type)" } ?? "\(type)"
    }
    require(
      layer.map { scores.massiveByLayer.indices.contains($0) } ?? true,
      "MoleculeDrawing: found layer \(layer ?? 0), expected 0 ..< \(scores.massiveByLayer.count)")
    let ratios = (layer.map { scores.massiveByLayer[$0] } ?? scores.massive).map { Double($0) }
    let values = scores.edges.largest(of: ratios)
    let kinds = dataset.edgeKinds(graph.edgeTypes, count: graph.edgeCount)
    let bonds = scores.edges.pairs.indices.map { pair in
      let row = Int(scores.edges.rows[pair][0])
      return Bond(
        first: Int(scores.edges.pairs[pair].first), second: Int(scores.edges.pairs[pair].second),
        type: graph.edgeTypes == nil ? "single" : dataset.edgeTypeName(Int(kinds[row])),
        score: values[pair].isNaN ? nil : values[pair])
    }
    self.init(
      name: name, atoms: atoms, bonds: bonds.filter { $0.first != $0.second },
      threshold: threshold)
  }

  /// The names of the types in the first column of `Graph.nodeTypes`, or nil if they are not known.
  ///
  /// Known are the 28 atom classes of ZINC and OGB's 119 types, which are atomic numbers minus one; the last
  /// one stands for all other elements.
  public static func nodeNames(of dataset: GraphDataset) -> [String]? {
    switch dataset.nodeVocabularies.first {
    case ZINCEncoding.nodeTypeCount: ZINCEncoding.nodeTypeNames
    case elements.count + 1: elements + ["?"]
    default: nil
    }
  }

  private static let elements = """
    H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb \
    Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu \
    Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db \
    Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og
    """.split(separator: " ").map(String.init)
}

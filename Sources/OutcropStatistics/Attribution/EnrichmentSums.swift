import OutcropCore

/// One edge type's counts within one graph.
public struct EdgeTypeCounts: Sendable, Hashable {
  /// The edge type.
  public var type: Int
  /// Massive activations on the graph's edges of this type: massive entries or edges with at least
  /// one, as the caller chooses; the choice must be the same for all graphs.
  public var massive: Int
  /// The graph's edges of this type.
  public var edges: Int

  /// The counts of one type.
  public init(type: Int, massive: Int, edges: Int) {
    self.type = type
    self.massive = massive
    self.edges = edges
  }
}

/// The sums over graphs from which the enrichment of every edge type and its interval are computed: sums
/// of counts and of products of two counts.
///
/// Graph g has `a` massive activations on `b` edges, of which `a_t` and `b_t` are of type t. The sums
/// are integers of 128 bits, so that summaries of parts merge, in any order, to exactly the sums of the
/// whole. Memory grows with the number of types, not with the number of graphs.
public struct EnrichmentSums: Sendable, Equatable, Codable {
  /// Graphs added, including those without edges.
  public private(set) var graphCount = 0
  /// Graphs with a massive activation.
  public private(set) var massiveGraphCount = 0
  /// Σ a.
  public private(set) var massive = 0
  /// Σ b.
  public private(set) var edges = 0
  /// The sums of each type that occurred.
  public private(set) var types: [Int: TypeSums] = [:]
  private(set) var products = Products()

  /// The sums of one edge type; a graph without such edges adds nothing to them.
  public struct TypeSums: Sendable, Equatable, Codable {
    /// Graphs with edges of the type.
    public fileprivate(set) var graphCount = 0
    /// Graphs with a massive activation on the type.
    public fileprivate(set) var massiveGraphCount = 0
    /// Σ a_t.
    public fileprivate(set) var massive = 0
    /// Σ b_t.
    public fileprivate(set) var edges = 0
    /// Σ a_t², Σ a_t b_t, Σ b_t².
    fileprivate(set) var own = Products()
    /// Σ a_t a, Σ a_t b, Σ b_t a, Σ b_t b.
    fileprivate(set) var mixed = MixedProducts()

    fileprivate mutating func add(massive a: Int, edges b: Int, ofMassive all: Int, ofEdges: Int) {
      graphCount += b > 0 ? 1 : 0
      massiveGraphCount += a > 0 ? 1 : 0
      massive += a
      edges += b
      own.add(a, b)
      mixed.add(a, b, all, ofEdges)
    }

    fileprivate mutating func merge(_ other: Self) {
      graphCount += other.graphCount
      massiveGraphCount += other.massiveGraphCount
      massive += other.massive
      edges += other.edges
      own.merge(other.own)
      mixed.merge(other.mixed)
    }
  }

  /// The sums over no graphs.
  public init() {}

  /// All counts.
  var counts: [Int] {
    [graphCount, massiveGraphCount, massive, edges]
      + types.values.flatMap { [$0.graphCount, $0.massiveGraphCount, $0.massive, $0.edges] }
  }

  /// Adds one graph, given once for each edge type in it; a type may be given in several parts.
  ///
  /// An empty list of counts is a graph without edges. Traps on negative counts and on massive activations
  /// without edges.
  public mutating func add(graph counts: some Sequence<EdgeTypeCounts>) {
    var byType: [Int: (massive: Int, edges: Int)] = [:]
    var a = 0
    var b = 0
    for part in counts {
      require(
        part.massive >= 0 && part.edges >= 0 && (part.edges > 0 || part.massive == 0),
        "EnrichmentSums.add: found \(part.massive) massive activations on \(part.edges) edges of "
          + "type \(part.type), expected at least 0, and edges where there are activations")
      byType[part.type, default: (0, 0)].massive += part.massive
      byType[part.type, default: (0, 0)].edges += part.edges
      a += part.massive
      b += part.edges
    }
    graphCount += 1
    massiveGraphCount += a > 0 ? 1 : 0
    massive += a
    edges += b
    products.add(a, b)
    for (type, part) in byType where part.edges > 0 {
      types[type, default: TypeSums()].add(
        massive: part.massive, edges: part.edges, ofMassive: a, ofEdges: b)
    }
  }

  /// Adds the graphs of `other`. The result is the same as when they are added one by one.
  public mutating func merge(_ other: Self) {
    graphCount += other.graphCount
    massiveGraphCount += other.massiveGraphCount
    massive += other.massive
    edges += other.edges
    products.merge(other.products)
    for (type, part) in other.types { types[type, default: TypeSums()].merge(part) }
  }
}

/// Σ a², Σ ab and Σ b².
struct Products: Sendable, Equatable, Codable {
  var aa = ExactInteger()
  var ab = ExactInteger()
  var bb = ExactInteger()

  fileprivate mutating func add(_ a: Int, _ b: Int) {
    aa.add(a, a)
    ab.add(a, b)
    bb.add(b, b)
  }

  fileprivate mutating func merge(_ other: Self) {
    aa += other.aa
    ab += other.ab
    bb += other.bb
  }
}

/// Σ a_t a, Σ a_t b, Σ b_t a and Σ b_t b.
struct MixedProducts: Sendable, Equatable, Codable {
  var aa = ExactInteger()
  var ab = ExactInteger()
  var ba = ExactInteger()
  var bb = ExactInteger()

  fileprivate mutating func add(_ at: Int, _ bt: Int, _ a: Int, _ b: Int) {
    aa.add(at, a)
    ab.add(at, b)
    ba.add(bt, a)
    bb.add(bt, b)
  }

  fileprivate mutating func merge(_ other: Self) {
    aa += other.aa
    ab += other.ab
    ba += other.ba
    bb += other.bb
  }
}

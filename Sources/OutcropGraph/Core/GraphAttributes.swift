import OutcropCore

/// What an attribute has one row for.
public enum AttributeLevel: Sendable, Equatable {
  /// One row per node.
  case node
  /// One row per edge.
  case edge
  /// One row per graph.
  case graph
}

/// The name, level and type of an attribute that graphs may carry beside their features.
///
/// A key is a static property, so that it is spelled once:
///
///     extension AttributeKey where Features == RealFeatures {
///       static var degrees: Self { Self("degrees", .node) }
///     }
///     graph.attributes[.degrees] = RealFeatures(values: graph.inDegrees.map(Float.init))
///     GraphBatch(graphs).attributes[.degrees]  // the rows of all graphs
public struct AttributeKey<Features: FeatureTable>: Sendable, Hashable {
  /// The name; no two attributes of a graph have the same.
  public let name: String
  /// What the attribute has one row for.
  public let level: AttributeLevel

  /// A key of that name and level.
  public init(_ name: String, _ level: AttributeLevel) {
    self.name = name
    self.level = level
  }
}

/// Named attributes of a graph or of a batch of graphs, such as positional encodings.
///
/// A batch carries what its graphs carry: rows of nodes and of graphs one graph after the other, rows
/// of edges in the destination order of the batch.
public struct GraphAttributes: Sendable, Equatable {
  enum Table: Sendable, Equatable {
    case integers(IntegerFeatures)
    case reals(RealFeatures)

    var rows: Int {
      switch self {
      case .integers(let table): table.rows
      case .reals(let table): table.rows
      }
    }
  }

  struct Entry: Sendable, Equatable {
    var name: String
    var level: AttributeLevel
    var table: Table
  }

  /// By name, ascending. A graph has few of them.
  var entries: [Entry] = []

  /// No attributes.
  public init() {}

  /// The attribute of that name, level and type; nil where there is none. Setting nil removes the
  /// attribute of that name, setting a value replaces it.
  public subscript<Features>(key: AttributeKey<Features>) -> Features? {
    get {
      guard let entry = entries.first(where: { $0.name == key.name }), entry.level == key.level
      else { return nil }
      switch entry.table {
      case .integers(let table): return table as? Features
      case .reals(let table): return table as? Features
      }
    }
    set {
      let place = entries.firstIndex { $0.name >= key.name } ?? entries.endIndex
      if place < entries.endIndex, entries[place].name == key.name { entries.remove(at: place) }
      let table: Table
      switch newValue {
      case nil: return
      case let integers as IntegerFeatures: table = .integers(integers)
      case let reals as RealFeatures: table = .reals(reals)
      default: fatalError("GraphAttributes: \(Features.self) is no type of attributes")
      }
      entries.insert(Entry(name: key.name, level: key.level, table: table), at: place)
    }
  }

  /// The names of all attributes, ascending.
  public var names: [String] { entries.map(\.name) }

  /// The same attributes with the given rows of those of `level`, in that order.
  public func rows(_ order: [Int32], of level: AttributeLevel) -> GraphAttributes {
    var result = self
    for index in result.entries.indices where result.entries[index].level == level {
      switch entries[index].table {
      case .integers(let table): result.entries[index].table = .integers(table.rows(order))
      case .reals(let table): result.entries[index].table = .reals(table.rows(order))
      }
    }
    return result
  }

  /// The first attribute whose rows are not as many as there are nodes, edges or graphs.
  func mismatch(
    nodes: Int, edges: Int, graphs: Int
  ) -> (name: String, found: Int, expected: Int)? {
    for entry in entries {
      let expected =
        switch entry.level {
        case .node: nodes
        case .edge: edges
        case .graph: graphs
        }
      if entry.table.rows != expected { return (entry.name, entry.table.rows, expected) }
    }
    return nil
  }

  /// The attributes of all graphs, one graph after the other, in the order of each graph's own edges.
  ///
  /// Traps when some graphs have an attribute and others don't, or its columns differ.
  init(concatenating graphs: [Graph]) {
    guard let first = graphs.first else { return }
    for entry in first.attributes.entries {
      func rows(_ graph: Graph) -> Int {
        switch entry.level {
        case .node: graph.nodeCount
        case .edge: graph.edgeCount
        case .graph: 1
        }
      }
      let table: Table =
        switch entry.table {
        case .integers:
          .integers(
            concatenate(
              graphs, entry.name,
              { $0.attributes[AttributeKey<IntegerFeatures>(entry.name, entry.level)] }, rows)!)
        case .reals:
          .reals(
            concatenate(
              graphs, entry.name,
              { $0.attributes[AttributeKey<RealFeatures>(entry.name, entry.level)] }, rows)!)
        }
      entries.append(Entry(name: entry.name, level: entry.level, table: table))
    }
    for (index, graph) in graphs.enumerated() {
      require(
        graph.attributes.entries.count == entries.count,
        "GraphBatch: graph \(index) has the attributes \(graph.attributes.names), "
          + "expected \(names) as in graph 0")
    }
  }
}

import OutcropCore

/// The items that an attribute has rows for.
public enum AttributeLevel: Sendable, Equatable {
  /// One row per node.
  case node
  /// One row per edge.
  case edge
  /// One row per graph.
  case graph
}

/// The name, level and type of an attribute that graphs may have in addition to their features.
///
/// Declare each key as a static property, so that its name is written only once:
///
///     extension AttributeKey where Features == RealFeatures {
///       static var degrees: Self { Self("degrees", .node) }
///     }
///     graph.attributes[.degrees] = RealFeatures(values: graph.inDegrees.map(Float.init))
///     GraphBatch(graphs).attributes[.degrees]  // the rows of all graphs
public struct AttributeKey<Features: FeatureTable>: Sendable, Hashable {
  /// The name, which is unique among the attributes of a graph.
  public let name: String
  /// The items that the attribute has rows for.
  public let level: AttributeLevel

  /// Creates a key with this name and level.
  public init(_ name: String, _ level: AttributeLevel) {
    self.name = name
    self.level = level
  }
}

/// Named attributes of a graph or of a batch of graphs, such as positional encodings.
///
/// A batch has the attributes of its graphs. Rows of nodes and of graphs are concatenated in graph order;
/// rows of edges are in the destination order of the batch.
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

  /// Sorted by name. A graph has few attributes, so lookup is linear.
  var entries: [Entry] = []

  /// No attributes.
  public init() {}

  /// The attribute with this name, level and type; nil if there is none. Setting nil removes the attribute
  /// with this name, setting a value replaces it.
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
      let index = entries.firstIndex { $0.name >= key.name } ?? entries.endIndex
      if index < entries.endIndex, entries[index].name == key.name { entries.remove(at: index) }
      let table: Table
      switch newValue {
      case nil: return
      case let integers as IntegerFeatures: table = .integers(integers)
      case let reals as RealFeatures: table = .reals(reals)
      default: fatalError("GraphAttributes: \(Features.self) is not a type of attributes")
      }
      entries.insert(Entry(name: key.name, level: key.level, table: table), at: index)
    }
  }

  /// The names of all attributes, ascending.
  public var names: [String] { entries.map(\.name) }

  /// The same attributes, in which those of `level` have only the given rows, in the given order.
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

  /// The first attribute whose number of rows is not the number of nodes, edges or graphs.
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

  /// The concatenated attributes of all graphs, with edges in the order of each graph.
  ///
  /// Traps if some graphs have an attribute and others do not, or if its number of columns differs.
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

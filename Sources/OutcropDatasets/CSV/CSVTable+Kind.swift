extension CSVTable {
  /// What the rows are.
  enum Kind {
    case nodes, edges, graphs

    /// What a column of this name is.
    func role(of name: String) -> Role {
      let name = name.lowercased()
      if name.isEmpty || name.hasPrefix("unnamed:") { return .skipped }
      if name == "graph_id" || (name == "graph" && self != .graphs) { return .graph }
      switch self {
      case .nodes: return ["node_id", "id", "node"].contains(name) ? .name : .value
      case .graphs: return ["graph", "id"].contains(name) ? .graph : .value
      case .edges:
        if ["id", "edge_id", "key"].contains(name) { return .skipped }
        if ["src_id", "source", "src", "from"].contains(name) { return .name }
        return ["dst_id", "target", "dst", "to", "destination"].contains(name)
          ? .destination : .value
      }
    }
  }

  enum Role { case graph, name, destination, value, skipped }
}

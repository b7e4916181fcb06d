import OutcropCore
import OutcropGraph

/// Makes a data set of tables of nodes, edges and graphs.
struct TableDataset {
  var nodes: TableColumns?
  var edges: TableColumns
  var graphs: TableColumns?
  /// What errors about the whole call the data.
  let source: String
  let name: String
  /// What kind of files the tables come from, for readers.
  let format: String
  /// Whether edges are directed, where the data say so.
  var isDirected: Bool?
  var metadata: DatasetMetadata?
  var options: TableOptions

  /// A `GraphDataset` where the tables are of several graphs, which have labels, or a `SingleGraphDataset`
  /// where they are of one.
  func make() throws -> any ExampleDataset {
    var (nodes, edges, graphs) = (nodes, edges, graphs)
    let hasManyGraphs = graphs != nil || nodes?.graphs != nil || edges.graphs != nil
    var notes: [String] = []
    edges.labels = []
    let columns = (hasManyGraphs ? graphs : nodes)?.features.map(\.name) ?? []
    let usual = TableOptions.usualLabels.first { columns.contains($0) }
    // The description is about the usual labels; the caller may have chosen others.
    let metadataOfLabels =
      options.labels == nil || options.labels == [usual].compactMap { $0 } ? metadata : nil
    if hasManyGraphs {
      graphs?.takeRoles(labels: options.labels ?? TableOptions.usualLabels)
      let names = (graphs?.features ?? []).map(\.name)
      graphs?.unused += names
    } else {
      nodes?.takeRoles(labels: options.labels ?? TableOptions.usualLabels)
    }
    for (what, table) in [("nodes", nodes), ("edges", edges), ("graphs", graphs)] {
      guard let table, !table.unused.isEmpty else { continue }
      notes.append("columns of \(what) not used: \(list(table.unused))")
    }
    let labeled = hasManyGraphs ? graphs : nodes
    try checkNames(nodes, edges, labeled)
    var joined = try TableGraphs(nodes: nodes, edges: edges, graphs: graphs)
    if joined.count == 0 {
      throw InputError(file: source, found: "no graph", expected: "at least one")
    }
    var uses = options.columns
    if metadata != nil {
      // The columns of `CSVDataset.write`.
      uses["types"] = .types
      uses["attributes"] = .numbers
    }
    // With uses of columns that the caller chose, the rows have other features than those that are described.
    let describing = options.columns.isEmpty ? metadata : nil
    let nodeFeatures = try nodes.map {
      try TableFeatures($0, uses: uses, keepsNumbers: describing?.typeColumns(of: .nodes) != nil)
    }
    let edgeFeatures = try TableFeatures(
      edges, uses: uses, keepsNumbers: describing?.typeColumns(of: .edges) != nil)
    let stated = (
      nodes: try describing.flatMap {
        try statedVocabularies(
          $0, .nodes, nodeFeatures, nodes, count: joined.flat.nodeOffsets.last ?? 0)
      },
      edges: try describing.flatMap {
        try statedVocabularies($0, .edges, edgeFeatures, edges, count: edges.rowCount)
      }
    )
    joined.setFeatures(nodes: nodeFeatures, edges: edgeFeatures)
    let edgeNote = joined.addInverses(options.inverseEdges, isDirected: isDirected)
    for (what, features) in [("nodes", nodeFeatures), ("edges", edgeFeatures)] {
      guard let features, !features.notes.isEmpty else { continue }
      notes.append("\(what) with " + list(features.notes))
    }
    notes.append(edgeNote)
    let vocabularies = joined.chooseVocabularies(stated: stated)
    if let metadataOfLabels, let labeled {
      try checkLabels(metadataOfLabels, labeled, areOfGraphs: hasManyGraphs)
    }
    let labels =
      try labeled.map {
        try TableLabels($0, metadata: metadataOfLabels, uses: options.columns)
      } ?? TableLabels()
    notes += labels.notes
    let splits = try labeled.flatMap { try TableSplits($0).rows }
    if splits == nil, labels.columns > 0 {
      notes.append("no split: 80/10/10 at random, seed \(options.splitSeed)")
    }
    let result = Result(
      joined: joined, labels: labels, splits: splits, vocabularies: vocabularies,
      edgeTypeNames: metadata?.edgeTypeNames ?? edgeFeatures.typeNames,
      description: metadata?.sourceDescription
        ?? "\(format) in \(source) (\(notes.joined(separator: "; ")))")
    return hasManyGraphs ? try manyGraphs(result) : try singleGraph(result)
  }

  private struct Result {
    var joined: TableGraphs
    let labels: TableLabels
    let splits: [[Int]]?
    let vocabularies: (nodes: [Int], edges: [Int])
    let edgeTypeNames: [String]?
    let description: String
  }

  private func manyGraphs(_ result: Result) throws -> GraphDataset {
    var (joined, labels) = (result.joined, result.labels)
    if labels.columns == 0 {
      throw InputError(
        file: graphs?.places.first?.file ?? source, found: "no labels of the graphs",
        expected: format == "CSV"
          ? "a table of graphs (graphs.csv) with a column label"
          : "an attribute label of every graph, as in {\"graph\": {\"label\": 1}, …}")
    }
    joined.setTargets(labels.values, columns: labels.columns)
    let parts =
      try result.splits.map { $0.map { joined.flat.graphs($0) } }
      ?? randomSplit(joined.flat.graphs(), options.splitSeed, source)
    return GraphDataset(
      name: name, train: parts[0], validation: parts[1], test: parts[2],
      isSynthetic: metadata?.isSynthetic ?? false,
      nodeTypeCount: result.vocabularies.nodes.max() ?? 0,
      edgeTypeCount: result.vocabularies.edges.max() ?? 0,
      nodeVocabularies: result.vocabularies.nodes, edgeVocabularies: result.vocabularies.edges,
      targetCount: labels.columns, task: labels.task,
      edgeTypeNames: names(result), classValues: labels.classValues,
      sourceDescription: result.description, isChecked: true)
  }

  private func singleGraph(_ result: Result) throws -> SingleGraphDataset {
    var (joined, labels) = (result.joined, result.labels)
    let count = joined.flat.nodeOffsets[1]
    joined.setTargets([.nan], columns: 1)
    let splits = result.splits ?? randomNodes(labels, count)
    return try SingleGraphDataset(
      checking: source, name: name, graph: joined.flat.graph(0), labels: labels.values,
      targetCount: labels.columns, task: labels.task, train: splits[0].map { Int32($0) },
      validation: splits[1].map { Int32($0) }, test: splits[2].map { Int32($0) },
      nodeVocabularies: result.vocabularies.nodes, edgeVocabularies: result.vocabularies.edges,
      edgeTypeNames: names(result), classNames: labels.classNames,
      isSynthetic: metadata?.isSynthetic ?? false, sourceDescription: result.description)
  }

  private func names(_ result: Result) -> [String]? {
    EdgeKinds.names(result.edgeTypeNames, vocabularies: result.vocabularies.edges)
  }

  /// 80%, 10% and 10% of the labeled nodes.
  private func randomNodes(_ labels: TableLabels, _ count: Int) -> [[Int]] {
    guard labels.columns > 0 else { return [[], [], []] }
    let labeled = (0..<count).filter { node in
      labels.values[node * labels.columns..<(node + 1) * labels.columns].contains { !$0.isNaN }
    }
    if labeled.count < 3 { return [labeled, [], []] }
    return randomSplit(of: labeled.count, seed: options.splitSeed).map { $0.map { labeled[$0] } }
  }

  /// The vocabularies that `dataset.json` states for the rows. Throws where the rows contradict it.
  private func statedVocabularies(
    _ metadata: DatasetMetadata, _ rows: DatasetMetadata.Rows, _ features: TableFeatures?,
    _ table: TableColumns?, count: Int
  ) throws -> [Int]? {
    try metadata.checkAttributes(
      of: rows, columns: features?.attributes?.columns ?? 0, count: count, folder: source)
    let vocabularies = try metadata.vocabularies(
      of: rows, columns: features?.types?.columns ?? 0, count: count, folder: source)
    guard let vocabularies, let features, let types = features.types, let table,
      let (row, column) = types.firstOutside(vocabularies)
    else { return vocabularies }
    let value = types[row, column]
    throw table.error(
      row, field: features.typeColumns[column],
      found: value == MixedColumn.missingInteger ? "no type" : "\(value)",
      expected: DatasetMetadata.expected(vocabularies[column], of: rows))
  }

  /// Throws if the labels cannot have the meaning that `dataset.json` states.
  private func checkLabels(
    _ metadata: DatasetMetadata, _ table: TableColumns, areOfGraphs: Bool
  ) throws {
    let columns = table.labels.filter { $0.kind != .empty }.reduce(0) { $0 + $1.width }
    if areOfGraphs {
      try metadata.checkLabels(ofGraphs: columns, folder: source)
    } else {
      try metadata.checkClasses(columns: columns, folder: source)
    }
  }

  /// Throws for names that the options mention and no table has.
  private func checkNames(
    _ nodes: TableColumns?, _ edges: TableColumns, _ labeled: TableColumns?
  ) throws {
    func missing(_ name: String, _ known: [String], _ table: TableColumns?) -> InputError {
      InputError(
        .missing, file: table?.places.first?.file ?? source, found: "no column \(quoted(name))",
        expected: known.isEmpty ? "such a column" : "one of " + list(known))
    }
    for name in options.labels ?? []
    where labeled?.labels.contains(where: { $0.name == name }) != true {
      let known = (labeled?.labels ?? []) + (labeled?.features ?? [])
      throw missing(name, known.map(\.name), labeled)
    }
    let all = [nodes, edges].compactMap { $0 }.flatMap { $0.features + $0.labels }.map(\.name)
    for name in options.columns.keys.sorted() where !all.contains(name) {
      throw missing(name, all, nodes)
    }
  }

  private func list(_ names: [String]) -> String {
    names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", …" : "")
  }
}

extension TableColumns {
  /// Takes labels, masks and the column of splits out of the features. With several usual names of labels
  /// the first alone is taken, and the others are not used: as features they would tell the answer. `y` may
  /// be a coordinate.
  mutating func takeRoles(labels names: [String]) {
    let isUsual = names == TableOptions.usualLabels
    for name in names {
      guard let index = features.firstIndex(where: { $0.name == name }) else { continue }
      labels.append(features.remove(at: index))
      if isUsual { break }
    }
    if isUsual, !labels.isEmpty {
      features.removeAll { column in
        guard names.contains(column.name), column.name != "y" else { return false }
        unused.append(column.name)
        return true
      }
    }
    features.removeAll { column in
      let name = column.name.lowercased()
      let known = [["train_mask"], ["val_mask", "valid_mask", "validation_mask"], ["test_mask"]]
      if let number = known.firstIndex(where: { $0.contains(name) }) {
        if masks[number] == nil { masks[number] = column } else { unused.append(column.name) }
        return true
      }
      if name == "split", split == nil {
        split = column
        return true
      }
      if name.hasSuffix("_mask") {
        unused.append(column.name)
        return true
      }
      return false
    }
  }
}

extension TableGraphs {
  /// Chooses the vocabularies of the types that are not stated as readers of other formats do.
  mutating func chooseVocabularies(
    stated: (nodes: [Int]?, edges: [Int]?)
  ) -> (nodes: [Int], edges: [Int]) {
    if let nodes = stated.nodes, let edges = stated.edges { return (nodes, edges) }
    return withTypes { nodes, edges in
      var none = [IntegerFeatures?.none]
      let chosen =
        if stated.nodes != nil {
          FeatureVocabulary.choose(nodes: &none, edges: &edges)
        } else if stated.edges != nil {
          FeatureVocabulary.choose(nodes: &nodes, edges: &none)
        } else {
          FeatureVocabulary.choose(nodes: &nodes, edges: &edges)
        }
      return (stated.nodes ?? chosen.nodes.counts, stated.edges ?? chosen.edges.counts)
    }
  }
}

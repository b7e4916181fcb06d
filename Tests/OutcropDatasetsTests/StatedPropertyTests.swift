import Foundation
import OutcropCore
import OutcropDatasets
import OutcropGraph
import OutcropTestSupport
import Testing

/// What `dataset.json` states and the rows of the other files contradict is refused, in every format.
@Suite struct StatedPropertyTests {
  /// A writer of one format.
  struct Format: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var write: @Sendable (GraphDataset, String) throws -> Void

    static let all = [
      Format(testDescription: "TUDataset") { try TUDataset.write($0, to: $1) },
      Format(testDescription: "JSON lines") { try JSONLinesDataset.write($0, to: $1) },
      Format(testDescription: "CSV") { try CSVDataset.write($0, to: $1) },
    ]
  }

  /// Graphs with all kinds of features.
  private func graphs(_ task: GraphDataset.Task, labels: [Float]) -> GraphDataset {
    let all = labels.map { label in
      Graph(
        nodeCount: 2, sources: [0, 1], destinations: [1, 0],
        nodeTypes: IntegerFeatures(values: [0, 2]),
        nodeAttributes: RealFeatures(values: [0.5, 1.5]),
        edgeTypes: IntegerFeatures(values: [1, 0]),
        edgeAttributes: RealFeatures(values: [0.25, 0.75]), targets: [label])
    }
    return GraphDataset(
      name: "stated", train: [all[0]], validation: [all[1]], test: [all[2]],
      nodeVocabularies: [3], edgeVocabularies: [2], task: task, edgeTypeNames: ["a", "b"],
      classValues: task == .classification(classCount: 2) ? [0, 5] : nil,
      sourceDescription: "made for a test")
  }

  /// Writes `dataset`, sets fields of `dataset.json` to JSON, and reads.
  private func error(
    _ format: Format, _ dataset: GraphDataset, _ changes: [String: String]
  ) throws -> InputError? {
    let folder = try TemporaryFolder()
    let path = folder.path("made")
    try format.write(dataset, path)
    try change("\(path)/dataset.json", changes)
    return datasetError { _ = try GraphDataset.read(from: path) }
  }

  private func change(_ file: String, _ changes: [String: String]) throws {
    let url = URL(fileURLWithPath: file)
    var object = try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as! [String: Any]
    for (field, value) in changes {
      let new = try JSONSerialization.jsonObject(
        with: Data(value.utf8), options: .fragmentsAllowed)
      object[field] = new is NSNull ? nil : new
    }
    try JSONSerialization.data(withJSONObject: object).write(to: url)
  }

  @Test(arguments: Format.all)
  func unchangedDescriptionsAreTaken(_ format: Format) throws {
    for (task, labels) in [
      (.regression, [0.5, 1, 2]), (.binaryClassification, [0, 1, 1]),
      (.classification(classCount: 2), [0, 1, 1]),
    ] as [(GraphDataset.Task, [Float])] {
      #expect(try error(format, graphs(task, labels: labels), [:]) == nil)
    }
    // Types that are described by their number alone, and larger vocabularies than the rows use.
    let some = graphs(.regression, labels: [0.5, 1, 2])
    let alone = ["nodeVocabularies": "null", "edgeVocabularies": "null"]
    #expect(try error(format, some, alone) == nil)
    let larger = ["nodeVocabularies": "[9]", "nodeTypeCount": "9"]
    #expect(try error(format, some, larger) == nil)
  }

  @Test(
    arguments: Format.all,
    [
      ("nodeVocabularies", "[3, 3]", "2 vocabularies", "1, the columns of types"),
      ("nodeVocabularies", "[]", "0 vocabularies", "1, the columns of types"),
      ("edgeVocabularies", "[2, 2]", "2 vocabularies", "1, the columns of types"),
      ("nodeAttributeColumns", "2", "2", "1, the columns of attributes"),
      ("edgeAttributeColumns", "0", "0", "1, the columns of attributes"),
    ])
  func columns(_ format: Format, _ fault: (String, String, String, String)) throws {
    let (field, value, found, expected) = fault
    let dataset = graphs(.regression, labels: [0.5, 1, 2])
    let names = field.hasPrefix("edge") ? ["edgeTypeNames": "null"] : [:]
    let error = try error(format, dataset, names.merging([field: value]) { $1 })
    #expect(error?.file.hasSuffix("made/dataset.json") == true, "\(error?.description ?? "none")")
    #expect(error?.field == field && error?.found == found)
    #expect(error?.expected.hasPrefix(expected) == true, "\(error?.description ?? "none")")
  }

  /// Without vocabularies, the number of types is that of every column.
  @Test(arguments: Format.all)
  func numbersOfTypes(_ format: Format) throws {
    let dataset = graphs(.regression, labels: [0.5, 1, 2])
    let none = try error(format, dataset, ["nodeVocabularies": "null", "nodeTypeCount": "0"])
    #expect(none?.field == "nodeTypeCount" && none?.found == "0", "\(none?.description ?? "none")")
    let few = try error(format, dataset, ["nodeVocabularies": "null", "nodeTypeCount": "2"])
    #expect(few?.found == "2" && few?.line != nil, "\(few?.description ?? "none")")
    #expect(few?.expected == "0 ... 1, the types of the nodes that dataset.json states")
    let plain = GraphDataset(
      name: "plain",
      train: (0..<3).map {
        Graph(nodeCount: 2, sources: [0], destinations: [1], targets: [Float($0) + 0.5])
      },
      validation: [Graph(nodeCount: 1, sources: [], destinations: [], targets: [1.5])],
      test: [Graph(nodeCount: 1, sources: [], destinations: [], targets: [2.5])],
      task: .regression)
    let many = try error(format, plain, ["edgeTypeCount": "4"])
    #expect(many?.field == "edgeTypeCount" && many?.found == "4", "\(many?.description ?? "none")")
    #expect(many?.expected == "0, since the edges have no types")
  }

  @Test(arguments: Format.all)
  func typesOutside(_ format: Format) throws {
    let dataset = graphs(.regression, labels: [0.5, 1, 2])
    let error = try error(format, dataset, ["nodeVocabularies": "[2]"])
    #expect(error?.found == "2" && error?.line != nil, "\(error?.description ?? "none")")
    #expect(error?.expected == "0 ... 1, the types of the nodes that dataset.json states")
  }

  @Test(arguments: Format.all)
  func meaningsOfLabels(_ format: Format) throws {
    let classes = graphs(.classification(classCount: 2), labels: [0, 1, 1])
    let numbers = graphs(.regression, labels: [0.5, 1, 2])
    // Another class than those stated, and numbers that are no classes or no yes and no.
    let other = try error(format, classes, ["classValues": "[0, 4]"])
    #expect(other?.found.hasSuffix("5") == true, "\(other?.description ?? "none")")
    #expect(other?.expected.hasPrefix("one of 0, 4") == true)
    for change in [["classValues": "[0, 1]"], ["hasBinaryLabels": "true"]] {
      let error = try error(format, numbers, change)
      #expect(error != nil && error?.field?.isEmpty != true, "\(change)")
    }
    let both = try error(format, classes, ["hasBinaryLabels": "true"])
    #expect(both?.field == "classValues" && both?.expected == "nothing beside “hasBinaryLabels”")
    let twice = try error(format, classes, ["classValues": "[0, 5, 5]"])
    #expect(twice?.field == "classValues" && twice?.found == "a value twice")
    let names = try error(format, classes, ["classNames": #"["a", "b"]"#, "classValues": "null"])
    #expect(names?.field == "classNames", "\(names?.description ?? "none")")
  }

  @Test func tablesOfOneGraph() throws {
    let folder = try TemporaryFolder()
    let description =
      #"{"name": "m", "isSynthetic": false, "nodeTypeCount": 3, "edgeTypeCount": 0, "#
      + #""sourceDescription": "s", "hasBinaryLabels": false"#
    try folder.write("edges.csv", "src_id,dst_id\n0,1\n")
    for (nodes, more, line, field, found) in [
      ("types,label\n0,0,1\n1,-1,0\n", "", 3, "types", "-1"),
      ("types,label\n0,0,1\n1,,0\n", "", 3, "types", "no type"),
      ("types,label\n0,0,1\n1,70000,0\n", "", 3, "types", "70000"),
      ("types,label\n0,0,1\n1,1,x\n", "", 3, "label", "a word"),
      ("types,y\n0,0,1\n1,1,7\n", #", "classNames": ["a", "b"]"#, 3, "y", "7"),
      ("types,label\n0,0,1\n1,1,0.5\n", #", "classValues": [0, 1]"#, 3, "label", "a number"),
      ("kind,label\n0,0.5,1\n1,1,0\n", "", nil, "nodeVocabularies", "1 vocabulary"),
    ] as [(String, String, Int?, String, String)] {
      try folder.write("nodes.csv", "node_id,\(nodes)")
      try folder.write(
        "dataset.json", description + #", "nodeVocabularies": [3]"# + more + "}")
      let error = datasetError { _ = try GraphDataset.readExamples(from: folder.path) }
      #expect(error?.field == field, "\(error?.description ?? "none: \(nodes)")")
      #expect(error?.line == line && error?.found.hasPrefix(found) == true)
    }
    // A use that the caller chose changes the rows that are described.
    try folder.write("nodes.csv", "node_id,types,label\n0,0,1\n1,1,0\n")
    var options = TableOptions()
    options.columns = ["types": .ignore]
    #expect(throws: Never.self) { try CSVDataset.read(folder.path, options: options) }
  }

  /// Names that do not fit the edges are left out where they are the published ones alone.
  @Test func namesThatTheCallerGives() throws {
    let folder = try TemporaryFolder()
    try TUDataset.write(graphs(.regression, labels: [0.5, 1, 2]), to: folder.path("made"))
    var options = TUDataset.Options(edgeTypeNames: ["one"])
    let error = datasetError { _ = try TUDataset.read(folder.path("made"), options: options) }
    #expect(error?.field == "edgeTypeNames" && error?.found == "1 name")
    options.edgeTypeNames = ["x", "y"]
    #expect(try TUDataset.read(folder.path("made"), options: options).edgeTypeNames == ["x", "y"])
  }
}

import Foundation
import OutcropCore
import OutcropGraph

/// The properties that the text of a data set cannot store, in `dataset.json` of the same folder.
struct DatasetMetadata: Codable, Equatable {
  static let fileName = "dataset.json"

  var name: String
  var isSynthetic: Bool
  var nodeTypeCount: Int
  var edgeTypeCount: Int
  var edgeTypeNames: [String]?
  var sourceDescription: String
  /// Whether one column of labels means yes and no rather than classes.
  var hasBinaryLabels: Bool
  /// The value of each class in the labels, ascending; nil for other tasks.
  var classValues: [Int]?
  /// The names of classes 0, 1, … of the nodes of one graph, whose labels in the tables are the numbers of the
  /// classes; nil where the tables have the names themselves.
  var classNames: [String]?
  /// The vocabulary of each column of types, where a data set has several.
  var nodeVocabularies: [Int]?
  var edgeVocabularies: [Int]?
  /// Columns of real attributes; nil without attributes.
  var nodeAttributeColumns: Int?
  var edgeAttributeColumns: Int?

  init(_ dataset: GraphDataset) {
    name = dataset.name
    isSynthetic = dataset.isSynthetic
    nodeTypeCount = dataset.nodeTypeCount
    edgeTypeCount = dataset.edgeTypeCount
    edgeTypeNames = dataset.edgeTypeNames
    sourceDescription = dataset.sourceDescription
    hasBinaryLabels = dataset.task == .binaryClassification
    if case .classification(let classCount) = dataset.task {
      classValues = dataset.classValues ?? Array(0..<classCount)
    }
    if !dataset.nodeVocabularies.isEmpty { nodeVocabularies = dataset.nodeVocabularies }
    if !dataset.edgeVocabularies.isEmpty { edgeVocabularies = dataset.edgeVocabularies }
    let first = GraphDataset.Split.allCases.lazy.compactMap { dataset[$0].first }.first
    // A data set may have vocabularies for types that its graphs do not have.
    if first?.nodeTypes == nil { (nodeTypeCount, nodeVocabularies) = (0, nil) }
    if first?.edgeTypes == nil {
      (edgeTypeCount, edgeVocabularies, edgeTypeNames) = (0, nil, nil)
    }
    nodeAttributeColumns = first?.nodeAttributes?.columns
    edgeAttributeColumns = first?.edgeAttributes?.columns
  }

  /// That of one graph.
  init(_ dataset: SingleGraphDataset) {
    name = dataset.name
    isSynthetic = dataset.isSynthetic
    nodeTypeCount = dataset.nodeVocabularies.max() ?? 0
    edgeTypeCount = dataset.edgeVocabularies.max() ?? 0
    edgeTypeNames = dataset.edgeTypeNames
    sourceDescription = dataset.sourceDescription
    hasBinaryLabels = dataset.task == .binaryClassification
    if case .classification(let count) = dataset.task {
      classNames = dataset.classNames
      if classNames == nil { classValues = Array(0..<count) }
    }
    if !dataset.nodeVocabularies.isEmpty { nodeVocabularies = dataset.nodeVocabularies }
    if !dataset.edgeVocabularies.isEmpty { edgeVocabularies = dataset.edgeVocabularies }
    nodeAttributeColumns = dataset.graph.nodeAttributes?.columns
    edgeAttributeColumns = dataset.graph.edgeAttributes?.columns
  }

  /// The folder's description, nil when it has none. Throws `InputError` for a malformed
  /// description.
  static func read(folder: String) throws -> DatasetMetadata? {
    let metadata: DatasetMetadata? = try decode(
      folder,
      expected: "name, isSynthetic, nodeTypeCount, edgeTypeCount, sourceDescription and "
        + "hasBinaryLabels")
    try metadata?.checkCounts("\(folder)/\(fileName)")
    return metadata
  }

  /// Throws for counts that no data set has. Vocabularies are compared with the rows that use them
  /// when those are known.
  private func checkCounts(_ file: String) throws {
    if classNames?.isEmpty == true {
      throw InputError(file: file, field: "classNames", found: "no names", expected: "one or more")
    }
    let meanings = [
      ("hasBinaryLabels", hasBinaryLabels), ("classValues", classValues != nil),
      ("classNames", classNames != nil),
    ].filter(\.1).map(\.0)
    if meanings.count > 1 {
      throw InputError(
        file: file, field: meanings[1], found: "a second meaning of the labels",
        expected: "nothing beside “\(meanings[0])”")
    }
    if let classValues, Set(classValues).count != classValues.count {
      throw InputError(
        file: file, field: "classValues", found: "a value twice", expected: "every value once")
    }
    for (field, counts) in [
      ("nodeTypeCount", [nodeTypeCount]), ("edgeTypeCount", [edgeTypeCount]),
      ("nodeVocabularies", nodeVocabularies ?? []), ("edgeVocabularies", edgeVocabularies ?? []),
    ] {
      try checkVocabularies(counts, rows: nil, file: file, field: field)
    }
    for (field, count, vocabularies) in [
      ("nodeTypeCount", nodeTypeCount, nodeVocabularies),
      ("edgeTypeCount", edgeTypeCount, edgeVocabularies),
    ] {
      if let largest = vocabularies?.max(), largest > count {
        throw InputError(
          file: file, field: field, found: "\(count)",
          expected: "at least the largest vocabulary, \(largest)")
      }
    }
    let vocabularies = edgeVocabularies ?? (edgeTypeCount > 0 ? [edgeTypeCount] : [])
    if let count = edgeTypeNames?.count,
      !EdgeKinds.canHaveNames(count, vocabularies: vocabularies)
    {
      throw InputError(
        file: file, field: "edgeTypeNames", found: "\(count) name\(count == 1 ? "" : "s")",
        expected: "\(EdgeKinds(vocabularies: vocabularies).count), one for each kind of edges")
    }
    for (field, columns) in [
      ("nodeAttributeColumns", nodeAttributeColumns),
      ("edgeAttributeColumns", edgeAttributeColumns),
    ] {
      if let columns, columns < 0 || columns > 1 << 16 {
        throw InputError(
          file: file, field: field, found: "\(columns)", expected: "0 ... \(1 << 16) columns")
      }
    }
  }

  /// The content of a folder's `dataset.json`, nil if the file does not exist. Throws
  /// `InputError` with the `expected` fields for a malformed file.
  static func decode<Metadata: Decodable>(_ folder: String, expected: String) throws -> Metadata? {
    let file = "\(folder)/\(fileName)"
    guard let data = try SystemFiles.readIfPresent(file) else { return nil }
    do {
      return try JSON.decode(Metadata.self, from: data, file: file)
    } catch let error as InputError {
      throw error.withHint("expected a JSON object with \(expected)")
    }
  }

  func json() throws -> Data {
    try JSON.encode(self, isIndented: true)
  }
}

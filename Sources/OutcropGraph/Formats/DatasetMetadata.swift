import Foundation

/// What TUDataset text has no place for, kept beside it in `dataset.json`.
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

  init(_ dataset: GraphDataset) {
    name = dataset.name
    isSynthetic = dataset.isSynthetic
    nodeTypeCount = dataset.nodeTypeCount
    edgeTypeCount = dataset.edgeTypeCount
    edgeTypeNames = dataset.edgeTypeNames
    sourceDescription = dataset.sourceDescription
    hasBinaryLabels = dataset.task == .binaryClassification
  }

  /// The folder's description, nil where it has none. Throws `DatasetError` for a malformed one.
  static func read(folder: String) throws -> DatasetMetadata? {
    let file = "\(folder)/\(fileName)"
    guard FileManager.default.fileExists(atPath: file) else { return nil }
    do {
      return try JSONDecoder().decode(
        DatasetMetadata.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
    } catch {
      throw DatasetError(
        file: file, found: "\(error)",
        expected: "a JSON object with name, isSynthetic, nodeTypeCount, edgeTypeCount, "
          + "sourceDescription and hasBinaryLabels")
    }
  }

  func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self)
  }
}

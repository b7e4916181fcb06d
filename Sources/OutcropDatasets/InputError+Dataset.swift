import Foundation
import OutcropCore

extension InputError {
  /// The hint for a path that is not a data set.
  static var datasetHint: String {
    "give a folder with \(DatasetFormat.folderContents), or a file of \(DatasetFormat.fileContents); "
      + "`outcrop doctor` lists the data sets it finds"
  }

  /// The error for a path that has no data set of one format, of the form `expected`.
  static func noDataset(at path: String, expected: String) -> InputError {
    InputError(
      file: path, found: FileManager.default.fileExists(atPath: path) ? "none" : "no such file",
      expected: expected)
  }
}

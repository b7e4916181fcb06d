import OutcropCore

extension InputError {
  /// The hint for a path that is not a data set.
  static var datasetHint: String {
    "give a folder with \(DatasetFormat.folderContents), or a file of \(DatasetFormat.fileContents); "
      + "`outcrop doctor` lists the data sets it finds"
  }
}

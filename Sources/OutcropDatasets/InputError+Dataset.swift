import OutcropCore

extension InputError {
  /// The hint for a path that is not a data set.
  static var datasetHint: String {
    "give a folder with TUDataset text, OGB files or JSON lines, or a file of JSON lines; "
      + "`outcrop doctor` lists the data sets it finds"
  }
}

import OutcropCore

extension InputError {
  /// The hint for a path that is not a data set.
  static var datasetHint: String {
    "give a folder with TUDataset text, OGB files, CSV or JSON lines, or a file of CSV or JSON; "
      + "`outcrop doctor` lists the data sets it finds"
  }
}

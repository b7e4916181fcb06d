import OutcropCore

extension InputError {
  /// What to do when a path does not lead to a data set.
  static var datasetHint: String {
    "give a folder with TUDataset text, OGB files or JSON lines, or a file of JSON lines; "
      + "`outcrop doctor` lists the data sets it finds"
  }
}

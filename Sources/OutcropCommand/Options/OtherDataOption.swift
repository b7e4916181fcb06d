import ArgumentParser

/// The permission to resume with other data than a checkpoint's.
struct OtherDataOption: ParsableArguments {
  @Flag(
    name: .customLong("allow-other-data"),
    help: "With --resume: also continue from a checkpoint of other data.")
  var isAllowed = false

  /// Throws where nothing is resumed.
  func check(_ resumes: Bool) throws {
    if isAllowed, !resumes {
      throw ValidationError("--allow-other-data: expected --resume as well")
    }
  }
}

import ArgumentParser

/// The permission to resume from a checkpoint of other data.
struct OtherDataOption: ParsableArguments {
  @Flag(
    name: .customLong("allow-other-data"),
    help: "With --resume: also continue from a checkpoint of other data.")
  var isAllowed = false

  /// Throws if the option is given without --resume.
  func check(_ resumes: Bool) throws {
    if isAllowed, !resumes {
      throw ValidationError("--allow-other-data: expected --resume as well")
    }
  }
}

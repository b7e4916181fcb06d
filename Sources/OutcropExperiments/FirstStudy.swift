import OutcropCore

/// The settings with which a study of the embedded data set starts, unless options say otherwise.
///
/// They were chosen by measurement so that a study of a minute shows what it is for: the trained model holds
/// massive activations by both medians, the untrained one none, and the Explicit Bias Term removes those by
/// the row median. They say nothing about how often models grow massive activations. `Docs/FirstStudy.md` has
/// the measurement.
public enum FirstStudy {
  /// Fields of a configuration, by their published names.
  public static let fields: [String: Double] = [
    "L": 8, "hidden_dim": 32, "out_dim": 32, "n_heads": 4, "epochs": 20, "batch_size": 64,
    "init_lr": 0.006, "lr_schedule_patience": 2,
  ]

  /// The number of epochs between two looks at the activations.
  public static let snapshotInterval = 2

  /// The note of results that says so. It starts with ``notePrefix``.
  public static let note =
    "\(notePrefix) \(text("L")) layers of width \(text("hidden_dim")), \(text("epochs")) epochs at a learning "
    + "rate of \(text("init_lr")) were chosen by measurement so that massive activations appear on the "
    + "embedded data (Docs/FirstStudy.md)."

  private static func text(_ field: String) -> String {
    JSONValue.number(fields[field]!).description
  }

  /// The start of ``note``.
  public static let notePrefix = "Preset:"
}

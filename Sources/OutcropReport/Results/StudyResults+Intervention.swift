import OutcropStatistics

extension StudyResults {
  /// What one model's massive edge activations do: the effect of changing those of one layer, or of all layers,
  /// before the model uses them, beside the effect of changing as many other entries.
  public struct Intervention: Codable, Sendable, Equatable {
    /// The model's ``Run/label``.
    public var label: String
    /// The model's seed; nil for means over several seeds.
    public var seed: UInt64?
    /// The number of seeds that the effects are means over; nil for one model.
    public var seeds: Int?
    /// The median that makes an entry massive.
    public var median: MedianKind
    /// What an entry becomes: `zero`, `median`, `mean` or `clip`.
    public var kind: String
    /// nil for all layers at once.
    public var layer: Int?
    /// The entries that are changed (of all seeds), and the examples with at least one of them.
    public var entries: Int
    public var examples: Int
    /// The unchanged model's score.
    public var metric: Metric
    /// The change of the score, and the mean absolute change of a prediction (for classes and labels, of a
    /// probability), with intervals from resampled examples (and seeds); nil where nothing is massive.
    public var metricChange: Estimate?
    public var predictionChange: Estimate?
    /// The same changes of as many other entries; empty where nothing is massive, and for means over seeds.
    public var controls: [InterventionControl]
    /// Whether predictions change more than with 97.5% of the draws of each control, and whether the score
    /// gets worse by more. For several seeds, what most of them are.
    public var verdict: InterventionVerdict
    public var metricVerdict: InterventionVerdict
    /// Of several seeds, those whose verdict is `loadBearing`.
    public var loadBearingSeeds: Int?

    /// Creates the value from its fields.
    public init(
      label: String, seed: UInt64? = nil, seeds: Int? = nil, median: MedianKind, kind: String,
      layer: Int?, entries: Int, examples: Int, metric: Metric, metricChange: Estimate? = nil,
      predictionChange: Estimate? = nil, controls: [InterventionControl] = [],
      verdict: InterventionVerdict, metricVerdict: InterventionVerdict,
      loadBearingSeeds: Int? = nil
    ) {
      self.label = label
      self.seed = seed
      self.seeds = seeds
      self.median = median
      self.kind = kind
      self.layer = layer
      self.entries = entries
      self.examples = examples
      self.metric = metric
      self.metricChange = metricChange
      self.predictionChange = predictionChange
      self.controls = controls
      self.verdict = verdict
      self.metricVerdict = metricVerdict
      self.loadBearingSeeds = loadBearingSeeds
    }
  }

  /// The effects of changing entries that are not massive, one for each draw.
  public struct InterventionControl: Codable, Sendable, Equatable {
    /// The entries that are changed.
    public var selection: Selection
    /// Their number: as many as are massive, or fewer where there are not so many.
    public var entries: Int
    public var metricChanges: [Double]
    public var predictionChanges: [Double]

    /// Which entries a control changes.
    public enum Selection: String, Codable, Sendable, CaseIterable {
      /// Entries of the layer at random.
      case random
      /// Entries at random of the rows that hold massive ones.
      case sameRows
      /// The largest entries under the threshold.
      case nextLargest

      /// For readers.
      public var title: String {
        switch self {
        case .random: "random entries"
        case .sameRows: "same rows"
        case .nextLargest: "next largest"
        }
      }
    }

    /// Creates the value from its fields.
    public init(
      selection: Selection, entries: Int, metricChanges: [Double], predictionChanges: [Double]
    ) {
      self.selection = selection
      self.entries = entries
      self.metricChanges = metricChanges
      self.predictionChanges = predictionChanges
    }
  }

  /// Whether a layer's massive activations matter.
  public enum InterventionVerdict: String, Codable, Sendable, CaseIterable {
    /// Changing them does more than changing other entries.
    case loadBearing = "load-bearing"
    /// It does not.
    case idle
    /// Nothing is massive.
    case none
    /// An effect is not a number, or there are no other entries to compare with.
    case undefined
  }
}

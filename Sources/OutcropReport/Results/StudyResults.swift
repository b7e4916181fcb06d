import Foundation
import OutcropStatistics

/// All results of one study, as plain numbers and names: the content of `results.json`.
///
/// The same type is used for a complete study (untrained, trained and EBT runs of one model) and for the
/// analysis of recorded activations, whose model and training are unknown. Fields that only a study can
/// provide are optional. ``Activations`` and ``RatioStatistics`` define ratios, counts and shares.
/// `Docs/ResultsSchema.md` describes the file field by field.
///
/// Two values that contain NaN are never equal (`Equatable` follows IEEE 754); compare their JSON.
public struct StudyResults: Codable, Sendable, Equatable {
  /// The version that ``schemaVersion`` has in files written by this package.
  public static let currentSchemaVersion = 3

  /// Version of the file's layout. Files with another version are rejected.
  public var schemaVersion: Int
  /// The kind of experiment.
  public var experiment: Experiment
  /// Version of the program that computed the results.
  public var toolVersion: String
  /// The command as typed: program name and arguments, one element each.
  public var commandLine: [String]
  /// The time at which the results were complete, as ISO 8601 in UTC (see ``timestamp(_:)``).
  public var date: String
  /// Seed of weights, order, dropout and sampling; nil if nothing was random.
  public var seed: UInt64?
  /// A ratio strictly above this is a massive activation.
  public var threshold: Double
  /// The medians that magnitudes are divided by; every count, share and verdict is given for each.
  public var medians: [MedianKind]
  /// The machine that computed the results.
  public var machine: Machine
  /// The graphs; nil if the activations came without graphs.
  public var dataset: Dataset?
  /// The model; nil if only its activations are known.
  public var model: Model?
  /// Remarks that the report shows, one sentence each.
  public var notes: [String]
  /// The runs, in display order.
  public var runs: [Run]
  /// The effects of noise on the embeddings; empty unless attacks were run.
  public var attacks: [Attack]
  /// Comparisons of massive activations with other measures of edges.
  public var attributions: [Attribution]
  /// What massive activations do; nil unless interventions were run.
  public var interventions: [Intervention]?
  /// Detection with a stated error rate; nil unless it was calibrated.
  public var calibrations: [Calibration]?
  /// When massive activations come and go in training; nil unless training was followed. It follows from
  /// ``Run/followed`` of the runs.
  public var dynamics: [Dynamics]?
  /// Distributions of ratios compared on held-out graphs; nil unless asked for.
  public var distributions: [DistributionComparison]?
  /// The models of a study in progress that are not analyzed yet; nil if the results are complete.
  public var unfinished: [Unfinished]?

  /// Creates the value from its fields.
  public init(
    experiment: Experiment = .study, toolVersion: String, commandLine: [String], date: String,
    seed: UInt64? = nil, threshold: Double, medians: [MedianKind] = MedianKind.allCases,
    machine: Machine,
    dataset: Dataset? = nil, model: Model? = nil, notes: [String] = [], runs: [Run],
    attacks: [Attack] = [], attributions: [Attribution] = [],
    interventions: [Intervention]? = nil, calibrations: [Calibration]? = nil
  ) {
    self.experiment = experiment
    self.schemaVersion = Self.currentSchemaVersion
    self.toolVersion = toolVersion
    self.commandLine = commandLine
    self.date = date
    self.seed = seed
    self.threshold = threshold
    self.medians = medians
    self.machine = machine
    self.dataset = dataset
    self.model = model
    self.notes = notes
    self.runs = runs
    self.attacks = attacks
    self.attributions = attributions
    self.interventions = interventions
    self.calibrations = calibrations
    dynamics = measuredDynamics
  }

  /// Kinds of experiment.
  public enum Experiment: String, Codable, Sendable, CaseIterable {
    /// A comparison of untrained, trained and biased models.
    case study
    /// A study of graphs with additional meaningless edges.
    case ablation = "ablate"
    /// Noise on the embeddings of trained models.
    case attack
    /// The effect of changing massive activations of a trained model.
    case intervention = "intervene"
    /// A grid of configurations.
    case sweep
    /// Recorded activations from other programs.
    case analysis = "analyze"
  }

  /// A moment as the text that ``date`` holds, e.g. `2025-03-31T14:05:09Z`.
  public static func timestamp(_ moment: Date = Date()) -> String {
    moment.formatted(.iso8601)
  }
}

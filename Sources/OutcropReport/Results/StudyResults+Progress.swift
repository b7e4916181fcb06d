import OutcropCore

/// A study in progress, whose results are those of the models that are finished.
extension StudyResults {
  /// A model whose activations are not analyzed yet.
  public struct Unfinished: Codable, Equatable, Sendable {
    /// The label of its run.
    public var label: String
    /// The seed of its run.
    public var seed: UInt64
    /// The largest number of epochs of its training; 0 for an untrained model.
    public var epochs: Int
    /// The file of its training's checkpoint, relative to the folder of the results; nil if there is none.
    public var checkpoint: String?
    /// The epochs that its training has reached; nil if it has no checkpoint.
    public var reached: Int?

    /// A model that has no checkpoint yet.
    public init(label: String, seed: UInt64, epochs: Int, checkpoint: String? = nil) {
      (self.label, self.seed, self.epochs, self.checkpoint) = (label, seed, epochs, checkpoint)
    }
  }

  /// What a study in progress has not finished, in one sentence; nil for results that are complete.
  package var progressSentence: String? {
    guard let unfinished, !unfinished.isEmpty else { return nil }
    let seeds = Set(runs.compactMap(\.seed) + unfinished.map(\.seed))
    let texts = unfinished.map { model in
      model.label + (seeds.count > 1 ? ", seed \(model.seed)" : "")
        + (model.epochs > 0
          ? " (\(NumberText.grouped(model.reached ?? 0)) of at most "
            + "\(NumberText.grouped(model.epochs)) epochs)" : "")
    }
    return "\(runs.count) of \(runs.count + unfinished.count) models are finished. Not finished: "
      + texts.joined(separator: "; ") + "."
  }
}

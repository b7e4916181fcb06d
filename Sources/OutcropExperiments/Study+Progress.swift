import OutcropReport

/// A study in progress: what its observers get after each model.
extension Study {
  /// All models of the study, in the order in which they are made.
  var unfinishedModels: [StudyResults.Unfinished] {
    seeds.flatMap { seed in
      arms.map { arm in
        let isTrained = arm.kind != .base
        return StudyResults.Unfinished(
          label: arm.label, seed: seed, epochs: isTrained ? training.epochs : 0,
          checkpoint: isTrained && folder != nil
            ? "seed-\(seed)/\(arm.fileName).safetensors" : nil)
      }
    }
  }
}

extension Study.Observer {
  public func finished(_ results: StudyResults) throws {}
}

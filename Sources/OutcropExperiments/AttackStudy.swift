import OutcropGraph
import OutcropModels
import OutcropReport

/// The noise attack on every trained model of a study, with and without the Explicit Bias Term.
public struct AttackStudy: Sendable {
  /// The model, training, seeds, folder and so on.
  public var study: Study
  /// The settings of the attack.
  public var attack = Attack()

  /// An attack on the models of `study`.
  public init(_ study: Study) { self.study = study }

  /// Trains the study's models, or loads their checkpoints, and attacks each on the study's split.
  public func run(
    on dataset: GraphDataset, observer: (any Study.Observer)? = nil
  ) throws -> StudyResults {
    try run(study.model, on: dataset, observer)
  }

  /// Throws `InputError` for settings that cannot be carried out on `dataset`, see `Study.check(on:)`.
  public func check(on dataset: GraphDataset) throws {
    try attack.check()
    try trainedOnly.check(on: dataset)
  }

  /// The study without the untrained model, which is not attacked.
  private var trainedOnly: Study {
    var study = study
    study.arms.removeAll { $0.kind == .base }
    return study
  }

  private func run<Architecture: ModelArchitecture>(
    _ model: Architecture, on dataset: GraphDataset, _ observer: (any Study.Observer)?
  ) throws -> StudyResults {
    try attack.check()
    let study = trainedOnly
    var attacks: [StudyResults.Attack] = []
    let runs = try study.forEachModel(model, on: dataset, observer) { trained in
      let (network, arm, seed, title) = (trained.network, trained.arm, trained.seed, trained.title)
      observer?.note("\(title): attack on \(dataset[study.split].count) graphs")
      attacks += try attack.run(
        network, on: dataset[study.split], task: dataset.task, label: arm.label, modelSeed: seed
      ) { observer?.note($0) }
      let evaluation = try Evaluation(
        of: network, on: dataset.examples(study.split), task: dataset.task)
      return StudyResults.Run(
        kind: arm.kind, label: arm.label, parameterCount: network.parameterCount,
        testMetric: StudyResults.Metric(
          name: evaluation.metric.name, value: evaluation.metric.value), layers: [])
    }
    var results = study.results(
      of: runs, on: dataset, model: StudyResults.Model(model, of: runs))
    results.experiment = .attack
    results.attacks = attacks
    results.notes = [
      "Noise on the embeddings of nodes and edges of the frozen model; optimized noise is the result of "
        + "\(attack.steps) steps of gradient ascent from each of \(attack.draws) random draws."
    ]
    return results
  }
}

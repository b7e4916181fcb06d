import Foundation
import OutcropBLAS
import OutcropGraph
import OutcropModels
import OutcropReport
import OutcropStatistics
import OutcropTensor

/// The main experiment: the same model untrained, trained, and trained with the Explicit Bias Term, and
/// the massive activations of each on the test split.
public struct Study: Sendable {
  public var model: any ModelArchitecture
  public var training: TrainingConfiguration
  public var detection = DetectionOptions()
  /// The split whose activations are looked at.
  public var split = GraphDataset.Split.test
  /// Where checkpoints go (`trained.safetensors`, `ebt.safetensors`); nil keeps none.
  public var checkpointFolder: String?
  /// Whether to go on from the checkpoints that are there.
  public var resumes = false
  /// The command that the report says to repeat.
  public var commandLine: [String] = []

  public init(model: any ModelArchitecture, training: TrainingConfiguration) {
    self.model = model
    self.training = training
  }

  /// Follows a study.
  public protocol Observer: AnyObject {
    /// Progress of the run `label` (`trained`, `with EBT`).
    func progress(of label: String) -> (any TrainingProgress)?
    /// A part of the work starts; a sentence for the user.
    func note(_ text: String)
  }

  /// Runs the study on `dataset`.
  ///
  /// One graph counts as one batch in batch maxima. All three models start from the same seed; the two
  /// trained ones get the same number of epochs.
  public func run(
    on dataset: some ExampleDataset, observer: (any Observer)? = nil
  ) throws -> StudyResults {
    try run(model, on: dataset, observer)
  }

  private func run<Architecture: ModelArchitecture>(
    _ model: Architecture, on dataset: some ExampleDataset, _ observer: (any Observer)?
  ) throws -> StudyResults {
    let count = dataset.examples(split).exampleCount
    if count == 0 { throw TrainingError.noGraphs(split: split.rawValue) }
    let plain = model.withExplicitBias(false)
    let base = GraphNetwork<Float, Architecture>(plain, seed: training.seed)
    observer?.note("untrained model: activations of \(count) examples (\(split.rawValue) split)")
    var runs = [try analyse(base, dataset, kind: .base, label: "untrained")]
    let baselines = runs[0].layers.map { $0.edge?.gammaFit?.distribution }
    for (kind, label, configuration) in [
      (StudyResults.Run.Kind.trained, "trained", plain),
      (.ebt, "with EBT", model.withExplicitBias(true)),
    ] {
      let network = GraphNetwork<Float, Architecture>(configuration, seed: training.seed)
      let trainer = Trainer(network, training, task: dataset.task)
      let reason = try train(trainer, kind.rawValue, dataset, observer?.progress(of: label))
      observer?.note("\(label): activations of \(count) examples")
      var run = try analyse(network, dataset, kind: kind, label: label, baselines: baselines)
      run.record(trainer.history, task: dataset.task, reason)
      runs.append(run)
      // The next model starts with the memory that this one used.
      BufferPool.trim()
    }
    return results(of: runs, on: dataset, model: base)
  }

  /// The results of `runs` on `dataset`, for a report.
  public func results(
    of runs: [StudyResults.Run], on dataset: some ExampleDataset, model: some GraphModel
  ) -> StudyResults {
    StudyResults(
      toolVersion: OutcropVersion.string, commandLine: commandLine, date: StudyResults.timestamp(),
      seed: training.seed, threshold: detection.threshold,
      median: detection.median == .edge ? .edge : .batch, machine: .current,
      dataset: StudyResults.Dataset(dataset, analysed: split), model: StudyResults.Model(model),
      notes: [
        dataset is GraphDataset
          ? "One graph counts as one batch." : "One sampled batch of nodes counts as one batch."
      ], runs: runs)
  }

  private func train(
    _ trainer: Trainer<some GraphModel>, _ name: String, _ dataset: some ExampleDataset,
    _ progress: (any TrainingProgress)?
  ) throws -> StopReason {
    if let checkpointFolder {
      let path = checkpointFolder + "/\(name).safetensors"
      trainer.checkpointPath = path
      if resumes, FileManager.default.fileExists(atPath: path) { try trainer.resume(from: path) }
    }
    return try trainer.run(
      train: dataset.examples(.train), validation: dataset.examples(.validation), progress: progress
    )
  }

  /// Runs `network` over the split that is looked at and analyses its activations.
  ///
  /// - Parameter baselines: each layer's distribution in the untrained model, for the distance to it.
  public func analyse(
    _ network: some GraphModel<Float>, _ dataset: some ExampleDataset, kind: StudyResults.Run.Kind,
    label: String, baselines: [GammaDistribution?] = []
  ) throws -> StudyResults.Run {
    let collector = ActivationCollector()
    let evaluation = Evaluation(
      of: network, on: dataset.examples(split), task: dataset.task, batchSize: training.batchSize,
      observers: [collector])
    return StudyResults.Run(
      kind: kind, label: label, parameterCount: network.parameterCount,
      testMetric: StudyResults.Metric(
        name: evaluation.metric.name, value: evaluation.metric.value),
      layers: try collector.layerResults(
        detection, typeName: { dataset.edgeTypeName($0) }, baselines: baselines))
  }
}

extension StudyResults.Run {
  /// Notes how the model was trained.
  public mutating func record(
    _ history: [EpochRecord], task: GraphDataset.Task, _ reason: StopReason
  ) {
    self.history = history.map { StudyResults.Epoch($0, task: task) }
    epochs = history.count
    let seconds = history.map(\.seconds).sorted()
    secondsPerEpoch = seconds.isEmpty ? nil : seconds[seconds.count / 2]
    peakMemoryMB = history.last?.peakMemoryMB
    stopReason = reason.rawValue
  }
}

import Foundation
import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropReport

/// The main experiment: the massive activations, on the test split, of a model untrained, trained, and
/// trained with the Explicit Bias Term, from one or several seeds.
public struct Study: Sendable {
  /// The configuration of the model, whose `hasExplicitBias` each arm sets.
  public var model: any ModelArchitecture
  /// The configuration of training, whose seed is replaced by each of `seeds`.
  public var training: TrainingConfiguration
  /// The options of detection.
  public var detection = DetectionOptions()
  /// The models that are compared. If the untrained model is one of them, it is the baseline of the others.
  /// The default is `StudyArm.usual`, without the arm `ebt` if the model does not support it.
  public var arms: [StudyArm]
  /// The seeds; each arm is run from each seed.
  public var seeds: [UInt64]
  /// The kinds of activations that are analyzed. `edge` and `node` are those of attention; others are outputs
  /// of the layers' modules, by name (see `GraphModel.announced`).
  public var activations: Set<ActivationKind> = [.edge, .node]
  /// The settings of a comparison of massive activations with other measures of edges, for the trained models
  /// of the first seed; nil: there is no comparison. Only for data sets of many graphs.
  public var attribution: AttributionOptions?
  /// Compares the models with further untrained ones, for detection with a stated error rate; nil leaves it out.
  public var calibration: Calibration?
  /// Whether distributions of the ratios are fitted on half of the observed graphs and compared on the other half.
  /// Only for data sets of many graphs.
  public var comparesDistributions = false
  /// Measures what the massive activations of the trained models do; nil leaves it out.
  public var intervention: Intervention?
  /// The split whose activations are observed.
  public var split = GraphDataset.Split.test
  /// The folder of checkpoints (`seed-41/trained.safetensors` and so on); nil: none are written.
  public var folder: String?
  /// Whether training resumes from the checkpoints in `folder`.
  public var resumes = false
  /// Whether training also resumes from checkpoints of data with another checksum.
  public var allowsOtherData = false
  /// The number of epochs between two looks: the activations of the observed split are analyzed after every so
  /// many epochs, and only the statistics are kept. nil: there are no looks. With a `folder` they are in
  /// `seed-41/trained/look-5.json` and so on, and a resumed study has those of the epochs before; without one they
  /// are in the results alone.
  public var lookInterval: Int?
  /// The number of epochs between two snapshots: models that are saved in `folder`, and analyzed after training
  /// like those of looks. nil: there are no snapshots.
  public var snapshotInterval: Int?
  /// The command that the report shows for repeating the study.
  public var commandLine: [String] = []
  /// Further remarks for the report, one sentence each.
  public var notes: [String] = []

  /// A study of one seed, that of `training`, with the usual arms.
  public init(model: any ModelArchitecture, training: TrainingConfiguration) {
    self.model = model
    self.training = training
    seeds = [training.seed]
    arms = StudyArm.usual.filter { $0.fits(model) }
  }

  /// Receives reports of a study's progress.
  public protocol Observer: AnyObject {
    /// The receiver of the training progress of the run `label` (`trained`, `with EBT`); nil for none.
    func progress(of label: String) -> (any TrainingProgress)?
    /// The next step of the work starts; `text` describes it for the user.
    func note(_ text: String)
    /// A model is finished, and others are not. `results` are those of the finished ones, without calibration and
    /// interventions; `results.unfinished` lists the others. An error ends the study. The default does nothing.
    func finished(_ results: StudyResults) throws
  }

  /// Runs the study on `dataset`.
  ///
  /// One graph counts as one batch in batch maxima. All arms of a seed start from the same parameters and are
  /// trained for the same number of epochs. Throws the errors of `check(on:)` and of training.
  public func run(
    on dataset: some ExampleDataset, observer: (any Observer)? = nil
  ) throws -> StudyResults {
    try run(model, on: dataset, observer)
  }

  private func run<Architecture: ModelArchitecture>(
    _ model: Architecture, on dataset: some ExampleDataset, _ observer: (any Observer)?
  ) throws -> StudyResults {
    let count = dataset.examples(split).exampleCount
    var base: Analysis?
    var attributions: [StudyResults.Attribution] = []
    var interventions: [MeasuredIntervention] = []
    var summarized: [Summarized] = []
    var distributions: [StudyResults.DistributionComparison] = []
    let runs = try forEachModel(
      model, on: dataset, observer,
      look: { try look(after: $1, $0, dataset, base: base) },
      finished: { runs, unfinished in
        var partial = self.results(
          of: runs, on: dataset, model: StudyResults.Model(model, of: runs))
        partial.attributions = attributions
        if comparesDistributions { partial.distributions = distributions }
        partial.unfinished = unfinished
        try observer?.finished(partial)
      }
    ) { trained in
      let (network, arm, seed, title) = (trained.network, trained.arm, trained.seed, trained.title)
      observer?.note(
        "\(title): activations of \(count) \(count == 1 ? "example" : "examples") (\(split.rawValue) split)"
      )
      if arm.kind == .base { base = nil }
      let analysis = try analyze(
        network, dataset, kind: arm.kind, label: arm.label, untrained: base)
      if comparesDistributions, let graphs = dataset as? GraphDataset {
        observer?.note("\(title): distributions")
        distributions += try self.distributions(
          network, graphs[split], dataset.task, label: arm.label, seed: seed)
      }
      if arm.kind == .base {
        base = analysis
        return analysis.run
      }
      var run = analysis.run
      if calibration != nil {
        summarized.append(
          Summarized(arm: arm, seed: seed, layers: analysis.observer.summaries[.edge] ?? []))
      }
      if let attribution, let graphs = dataset as? GraphDataset, seed == seeds[0] {
        observer?.note("\(title): attribution")
        attributions.append(
          attribution.run(
            network, on: graphs[split], of: graphs, label: arm.label, seed: seed,
            threshold: detection.threshold))
      }
      if var intervention {
        intervention.detection = detection
        interventions += try intervention.measure(
          network, on: dataset.examples(split), task: dataset.task, label: arm.label,
          modelSeed: seed
        ) { observer?.note("interventions, seed \(seed): \($0)") }
      }
      let kept = (folder.map { snapshots(in: $0, seed, arm) } ?? []).filter {
        $0.epoch <= trained.epochs
      }
      run.followed = try follow(network, kept, trained.looks, dataset, base: base) { text in
        observer?.note("\(title): activations \(text)")
      }
      return run
    }
    var results = results(
      of: runs, on: dataset, model: StudyResults.Model(model, of: runs))
    results.attributions = attributions
    if comparesDistributions { results.distributions = distributions }
    if let calibration {
      results.calibrations = try calibrations(calibration, model, summarized, on: dataset) {
        observer?.note($0)
      }
    }
    if let intervention {
      results.interventions =
        interventions.map(\.result) + intervention.overSeeds(interventions)
    }
    return results
  }

  /// A model of one arm and seed, after training.
  struct TrainedModel<Architecture: ModelArchitecture> {
    let network: GraphNetwork<Float, Architecture>
    let arm: StudyArm
    let seed: UInt64
    /// The name for readers.
    let title: String
    /// The number of epochs; 0 for the untrained model.
    let epochs: Int
    /// The looks of these epochs.
    let looks: [StudyResults.FollowedEpoch]
  }

  /// Makes and trains the model of every arm and seed, seed by seed, and calls `body` with each model. The records
  /// of training are added to the run that `body` returns.
  ///
  /// - Parameters:
  ///   - look: analyzes a model after an epoch; nil for an experiment without looks.
  ///   - finished: gets the runs so far and the models that follow, after every model but the last.
  func forEachModel<Architecture: ModelArchitecture>(
    _ model: Architecture, on dataset: some ExampleDataset, _ observer: (any Observer)?,
    look: ((GraphNetwork<Float, Architecture>, Int) throws -> StudyResults.FollowedEpoch)? = nil,
    finished: (([StudyResults.Run], [StudyResults.Unfinished]) throws -> Void)? = nil,
    _ body: (TrainedModel<Architecture>) throws -> StudyResults.Run
  ) throws -> [StudyResults.Run] {
    try check(model, on: dataset)
    try tryFiles()
    try tryCheckpoints(model, dataset)
    if look != nil { try tryLooks(dataset) }
    var runs: [StudyResults.Run] = []
    var unfinished = unfinishedModels[...]
    for seed in seeds {
      for arm in arms {
        let title = seeds.count > 1 ? "\(arm.label), seed \(seed)" : arm.label
        let network = GraphNetwork<Float, Architecture>(arm.model(model), seed: seed)
        var record: ([EpochRecord], StopReason)?
        var looks: [StudyResults.FollowedEpoch] = []
        if arm.kind != .base {
          let hook = look.map { look in
            Looks(lookFiles(seed, arm, dataset), every: lookInterval) { try look(network, $0) }
          }
          record = try train(network, arm, seed, dataset, hook, observer?.progress(of: title))
          looks = hook?.found ?? []
          if let omitted = hook?.omittedCount, omitted > 0 {
            observer?.note(
              "\(title): \(omitted) looks of another threshold, median, split or data are left out")
          }
        }
        var run = try body(
          TrainedModel(
            network: network, arm: arm, seed: seed, title: title, epochs: record?.0.count ?? 0,
            looks: looks))
        run.seed = seed
        run.settings = settings(of: arm.model(model), isTrained: arm.kind != .base)
        if let (history, reason) = record { run.record(history, task: dataset.task, reason) }
        runs.append(run)
        unfinished = unfinished.dropFirst()
        if !unfinished.isEmpty { try finished?(runs, Array(unfinished)) }
        // Free the memory of this model before the next one is made.
        BufferPool.trim()
      }
    }
    return runs
  }

  /// The results of `runs` on `dataset`, for a report.
  public func results(
    of runs: [StudyResults.Run], on dataset: some ExampleDataset, model: some GraphModel
  ) -> StudyResults {
    results(of: runs, on: dataset, model: StudyResults.Model(model))
  }

  func results(
    of runs: [StudyResults.Run], on dataset: some ExampleDataset, model: StudyResults.Model
  ) -> StudyResults {
    StudyResults(
      toolVersion: OutcropVersion.string, commandLine: commandLine, date: StudyResults.timestamp(),
      seed: training.seed, threshold: detection.threshold,
      medians: detection.medians, machine: .current,
      dataset: StudyResults.Dataset(dataset, analyzed: split), model: model,
      notes: [
        dataset is GraphDataset
          ? "One graph counts as one batch."
          : (dataset as? SingleGraphDataset).map { $0.fanOuts == nil } == true
            ? "The whole graph counts as one batch."
            : "One sampled batch of nodes counts as one batch."
      ] + ((dataset as? GraphDataset)?.cautions() ?? []).map { "Caution: \($0)." } + notes,
      runs: runs)
  }

  /// What the results of a run depend on, beside the data and the seed.
  private func settings(
    of model: some ModelArchitecture, isTrained: Bool
  ) -> [String: StudyResults.Setting] {
    var fields = TrainingConfiguration.fields.written(training)
    fields["seed"] = nil
    return (isTrained ? fields : [:]).merging(model.fields) { $1 }
      .compactMapValues { StudyResults.Setting($0) }
  }

  private func train(
    _ network: some GraphModel<Float>, _ arm: StudyArm, _ seed: UInt64,
    _ dataset: some ExampleDataset, _ looks: Looks?, _ progress: (any TrainingProgress)?
  ) throws -> ([EpochRecord], StopReason) {
    let trainer = trainer(of: network, seed, dataset)
    var hooks: [any TrainingHook] = looks.map { [$0] } ?? []
    if let folder {
      let place = "\(folder)/seed-\(seed)"
      try SystemFiles.createFolder(place)
      let path = "\(place)/\(arm.fileName).safetensors"
      trainer.checkpointPath = path
      if resumes, FileManager.default.fileExists(atPath: path) {
        try trainer.resume(from: path, allowingOtherData: allowsOtherData)
        try looks?.resume(upTo: trainer.history.count)
      } else {
        // Snapshots and looks of an earlier study in this folder do not belong to this run.
        for path in snapshots(in: folder, seed, arm).map(\.path)
          + (lookFiles(seed, arm, dataset)?.paths ?? [])
        {
          try? FileManager.default.removeItem(atPath: path)
        }
      }
      if let snapshotInterval {
        hooks.append(
          Snapshots(of: network, in: "\(place)/\(arm.fileName)", every: snapshotInterval))
      }
    }
    let reason = try trainer.run(
      train: dataset.examples(.train), validation: dataset.examples(.validation), hooks: hooks,
      progress: progress)
    return (trainer.history, reason)
  }

  private func trainer<Model: GraphModel<Float>>(
    of network: Model, _ seed: UInt64, _ dataset: some ExampleDataset
  ) -> Trainer<Model> {
    var training = training
    training.seed = seed
    let trainer = Trainer(network, configuration: training, task: dataset.task)
    trainer.dataChecksum = dataset.checksum
    return trainer
  }

  /// Throws `InputError` if one of the checkpoints from which training would resume is of another model,
  /// training or data.
  private func tryCheckpoints<Architecture: ModelArchitecture>(
    _ model: Architecture, _ dataset: some ExampleDataset
  ) throws {
    guard let folder, resumes else { return }
    for seed in seeds {
      for arm in arms where arm.kind != .base {
        let path = "\(folder)/seed-\(seed)/\(arm.fileName).safetensors"
        guard FileManager.default.fileExists(atPath: path) else { continue }
        let network = GraphNetwork<Float, Architecture>(arm.model(model), seed: seed)
        try trainer(of: network, seed, dataset)
          .resume(from: path, allowingOtherData: allowsOtherData)
      }
    }
  }

  private func snapshots(in folder: String, _ seed: UInt64, _ arm: StudyArm) -> [SnapshotFile] {
    SnapshotFile.all(in: "\(folder)/seed-\(seed)/\(arm.fileName)")
  }

  /// The results of one model's activations.
  public struct Analysis {
    /// The results.
    public var run: StudyResults.Run
    /// The summaries from which the results were computed.
    public let observer: SummaryObserver
  }

  /// Runs `network` over the observed split and analyzes its activations.
  ///
  /// - Parameters:
  ///   - network: the model.
  ///   - dataset: the data set with the split.
  ///   - kind: the kind of run in the results.
  ///   - label: the name of the run in the results.
  ///   - untrained: the analysis of the untrained model, for comparison.
  public func analyze(
    _ network: some GraphModel<Float>, _ dataset: some ExampleDataset, kind: StudyResults.Run.Kind,
    label: String, untrained: Analysis? = nil
  ) throws -> Analysis {
    let observer = SummaryObserver(
      kinds: activations, options: detection.summaryOptions,
      edgeKinds: EdgeKinds(vocabularies: dataset.edgeVocabularies))
    let channels: ChannelCounter? =
      kind == .base || !activations.contains(.edge)
      ? nil
      : ChannelCounter(
        thresholds: detection.summaryOptions.thresholds, medians: detection.medians,
        convention: detection.convention,
        edgeKinds: EdgeKinds(vocabularies: dataset.edgeVocabularies))
    let evaluation = try Evaluation(
      of: network, on: dataset.examples(split), task: dataset.task, batchSize: training.batchSize,
      observers: [observer as any ActivationObserver] + (channels.map { [$0] } ?? []))
    var run = StudyResults.Run(
      kind: kind, label: label, parameterCount: network.parameterCount,
      testMetric: StudyResults.Metric(
        name: evaluation.metric.name, value: evaluation.metric.value),
      layers: observer.layerResults(
        detection, typeName: { dataset.edgeTypeName($0) }, untrained: untrained?.observer))
    for index in run.layers.indices {
      for median in detection.medians {
        let counts = channels?.results(
          layer: run.layers[index].index, median, typeName: { dataset.edgeTypeName($0) })
        run.layers[index].edge?[median]?.channels = counts
      }
    }
    return Analysis(run: run, observer: observer)
  }
}

extension StudyResults.Run {
  /// Adds the records of the model's training.
  public mutating func record(
    _ history: [EpochRecord], task: GraphDataset.Task, _ reason: StopReason
  ) {
    self.history = history.map { StudyResults.Epoch($0, task: task) }
    epochs = history.count
    secondsPerEpoch = history.map(\.seconds).sorted().sortedQuantile(0.5)
    peakMemoryMB = history.last?.peakMemoryMB
    stopReason = reason.rawValue
  }
}

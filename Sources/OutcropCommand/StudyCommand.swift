import ArgumentParser
import Foundation
import Outcrop

struct StudyCommand: RankedCommand {
  static let configuration = CommandConfiguration(
    commandName: "study",
    abstract: "Train a model and report its massive activations.",
    discussion: """
      Compares three models that start from the same seed: untrained, trained, and trained with the \
      Explicit Bias Term, on the activations of the test split. An activation is massive when its \
      ratio, its magnitude over a median, is above the threshold; the median is that of its own row \
      (an edge or node) and that of its whole batch, and every table, sentence and verdict gives \
      both. --median row or --median batch picks one. Prints the answer and the largest ratio of each layer \
      (--verbose also prints tables), and writes results.json and report.html (one file, no network \
      needed). results.json is written after each model: `outcrop report` shows a study in progress, and \
      --resume continues one that ended early. With several --seeds, processes can share them: under mpirun \
      or srun, or with --shard, whose parts `outcrop report` merges.

      Without a data set, a small model is trained on embedded synthetic molecules. Its size, depth, \
      learning rate and number of epochs were chosen by measurement so that massive activations appear \
      (Docs/FirstStudy.md); options change them.

      EXAMPLES
        outcrop study --open
        outcrop study --dataset ../data/ZINC --epochs 20 --output zinc-study
        outcrop study --dataset ZINC --data-dir ../data --layers 4 --threshold 100
        outcrop study --median batch
        outcrop study --interventions --kinds zero,mean
        outcrop study --calibration 16
        outcrop study --countermeasures ebt,driven,gate,plus-one
        outcrop study --dataset ZINC --seeds 41,42,43 --adaptive driven --looks 5
        outcrop study --seeds 41,42,43,44 --shard 1/2
      """)

  @OptionGroup var options: ExperimentOptions
  @OptionGroup var analysis: AnalysisOptions

  @Option(
    help: ArgumentHelp(
      "Also train with an Explicit Bias Term whose strength changes: learned, schedule or driven. May be repeated.",
      valueName: "kind"))
  var adaptive: [ExplicitBiasStrength.Kind] = []

  @Option(help: RunPart.help("seeds"))
  var shard: RunPart?

  @Option(
    help: ArgumentHelp(
      "The counter-measures to train with instead of EBT alone: ebt, learned, schedule, driven (an EBT of changing strength), gate, plus-one, clip or clip=X (scores within X of 0; 5 unless given), with commas between.",
      valueName: "list"))
  var countermeasures: CountermeasureList?

  @Option(
    help: ArgumentHelp(
      "Also compare the layers with so many further untrained models, at least 8 (16 are usual): thresholds and p-values with an error rate of 5% in all layers together. Forward passes only.",
      valueName: "n"))
  var calibration: Int?

  @Flag(
    help:
      "Also fit gamma, log-normal, Weibull, generalized gamma and generalized extreme value distributions to the ratios of half of the graphs and compare them on the other half."
  )
  var distributions = false

  @Flag(
    help:
      "Also measure what the massive activations of the trained models do; see `outcrop intervene`."
  )
  var interventions = false

  @OptionGroup(title: "Interventions") var interventionOptions: InterventionArguments

  func validate() throws {
    let (seeds, parts) = (options.seeds?.values.count ?? 1, RunPart.ofRank ?? shard)
    if let parts, seeds < parts.count {
      throw ValidationError(
        "--seeds: found \(seeds == 1 ? "1 seed" : "\(seeds) seeds") for \(parts.count) parts, expected at least one for each"
      )
    }
    if interventions, let parts, parts.count > 1 {
      throw ValidationError(
        "--interventions: found \(parts.count) processes, expected one: means over seeds need all models"
      )
    }
    if countermeasures != nil, !adaptive.isEmpty {
      throw ValidationError(
        "--adaptive and --countermeasures both choose the models to train; expected only one")
    }
    if let calibration, !(8...100_000 ~= calibration) {
      throw ValidationError("--calibration: found \(calibration), expected 8 ... 100000")
    }
    if !interventions, !interventionOptions.isUnset {
      throw ValidationError("--kinds, --draws and --examples: expected --interventions as well")
    }
    if Set(adaptive).count != adaptive.count {
      throw ValidationError(
        "--adaptive: found \(adaptive.map(\.rawValue).joined(separator: ", ")), expected each kind once"
      )
    }
  }

  func run() throws {
    let configuration = try options.model.load()
    let dataset = try options.data.load(for: configuration.training())
    try run(on: dataset, options.withDefaults(configuration, for: dataset))
  }

  private func run(
    on dataset: some ExampleDataset, _ configuration: ExperimentConfiguration
  ) throws {
    let network = try options.model.model(configuration, for: dataset, changesBias: true)
    var study = try options.study(network, configuration)
    try analysis.apply(to: &study, of: network)
    let part = RunPart.ofRank ?? shard
    let folder = part?.folder(in: options.output) ?? options.output
    if let part {
      study.seeds = part.taken(of: study.seeds)
      // That of the first seed.
      if part.number > 1 { study.attribution = nil }
    }
    study.arms += try adaptive.map { .adaptive(try configuration.explicitBias($0)) }
    if let countermeasures {
      study.arms = [.base, .trained] + (try countermeasures.arms(configuration))
    }
    if let calibration {
      study.calibration = Calibration()
      study.calibration?.seedCount = calibration
    }
    study.comparesDistributions = distributions
    if interventions { study.intervention = interventionOptions.intervention }
    if options.isFirstStudy, study.snapshotInterval == nil, study.lookInterval == nil {
      study.snapshotInterval = FirstStudy.snapshotInterval
    }
    let prepared = try dataset.prepared(for: network)
    try study.check(on: prepared)
    try options.begin(dataset, in: folder)
    let results = try study.run(
      on: prepared,
      observer: ConsoleStudyObserver(
        trainings: study.arms.count { $0.kind != .base } * study.seeds.count, folder: folder))
    guard let part = RunPart.ofRank else { return try options.finish(results, in: folder) }
    try Report.write(results, to: folder)
    try Ranks.communicator.barrier()
    if Ranks.isRoot {
      try options.finish(
        StudyResults.merged(partFolders: part.folders(in: options.output)), in: options.output)
    }
  }
}

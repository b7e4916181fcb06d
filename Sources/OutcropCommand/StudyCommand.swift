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
      both. --median row or --median batch picks one. With several --seeds, processes can share them: \
      under mpirun or srun, or with --shard, whose parts `outcrop report` merges. Prints a table of each model and writes results.json and report.html (one file, no network needed).

      EXAMPLES
        outcrop study
        outcrop study --dataset ../data/ZINC --epochs 20 --output zinc-study
        outcrop study --dataset ZINC --data-dir ../data --layers 4 --threshold 100
        outcrop study --median batch
        outcrop study --dataset ZINC --seeds 41,42,43 --adaptive driven --snapshots 2
        outcrop study --seeds 41,42,43,44 --shard 1/2
      """)

  @OptionGroup var options: StudyOptions

  @Option(
    help: ArgumentHelp(
      "Also train with an Explicit Bias Term whose strength changes: learned, schedule or driven. May be repeated.",
      valueName: "kind"))
  var adaptive: [ExplicitBiasStrength.Kind] = []

  @Option(help: RunPart.help("seeds"))
  var shard: RunPart?

  func validate() throws {
    let (seeds, parts) = (options.seeds?.values.count ?? 1, RunPart.ofRank ?? shard)
    if let parts, seeds < parts.count {
      throw ValidationError(
        "--seeds: found \(seeds) for \(parts.count) processes, expected at least one for each")
    }
    if Set(adaptive).count != adaptive.count {
      throw ValidationError(
        "--adaptive: found \(adaptive.map(\.rawValue).joined(separator: ", ")), expected each kind once"
      )
    }
  }

  func run() throws {
    let configuration = try options.model.load()
    let dataset = try options.data.load(fanOuts: configuration.training().fanOuts)
    try run(on: dataset, options.withDefaults(configuration, for: dataset))
  }

  private func run(
    on dataset: some ExampleDataset, _ configuration: ExperimentConfiguration
  ) throws {
    let network = try configuration.model(for: dataset)
    var study = try options.study(network, configuration)
    let part = RunPart.ofRank ?? shard
    let folder = part?.folder(in: options.output) ?? options.output
    if let part {
      study.seeds = part.taken(of: study.seeds)
      // That of the first seed.
      if part.number > 1 { study.attribution = nil }
    }
    study.arms += try adaptive.map { .adaptive(try configuration.explicitBias($0)) }
    let prepared = try dataset.prepared(for: network)
    try study.check(on: prepared)
    try options.begin(dataset, in: folder)
    let results = try study.run(on: prepared, observer: ConsoleStudyObserver())
    guard let part = RunPart.ofRank else { return try options.finish(results, in: folder) }
    try Report.write(results, to: folder)
    try Ranks.communicator.barrier()
    if Ranks.isRoot {
      try options.finish(
        StudyResults.merged(partFolders: part.folders(in: options.output)), in: options.output)
    }
  }
}

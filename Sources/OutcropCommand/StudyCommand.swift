import ArgumentParser
import Foundation
import Outcrop

struct StudyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "study",
    abstract: "Train a model and report its massive activations.",
    discussion: """
      Compares the activations of three models on the test split: untrained, trained, and trained with \
      the Explicit Bias Term, all from the same seed. An activation is massive if its ratio is above the \
      threshold. The ratio is its magnitude divided by a median: that of its row (an edge or node), or \
      that of its whole batch. All tables, sentences and verdicts are given for both medians; \
      --median row or --median batch selects one. Prints a table of each model and writes results.json \
      and report.html (one file that needs no network).

      EXAMPLES
        outcrop study
        outcrop study --dataset ../data/ZINC --epochs 20 --output zinc-study
        outcrop study --dataset ZINC --data-dir ../data --layers 4 --threshold 100
        outcrop study --median batch
        outcrop study --dataset ZINC --seeds 41,42,43 --adaptive driven --snapshots 2
      """)

  @OptionGroup var options: StudyOptions

  @Option(
    help: ArgumentHelp(
      "Also train with an Explicit Bias Term whose strength changes: learned, schedule or driven. May be repeated.",
      valueName: "kind"))
  var adaptive: [ExplicitBiasStrength.Kind] = []

  func validate() throws {
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
    study.arms += try adaptive.map { .adaptive(try configuration.explicitBias($0)) }
    let prepared = try dataset.prepared(for: network)
    try study.check(on: prepared)
    try options.begin(dataset, in: options.output)
    let results = try study.run(on: prepared, observer: ConsoleStudyObserver())
    try options.finish(results, in: options.output)
  }
}

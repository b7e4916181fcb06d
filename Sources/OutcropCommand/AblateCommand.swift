import ArgumentParser
import Outcrop

struct AblateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ablate",
    abstract: "Add random edges to every graph and report which edges carry massive activations.",
    discussion: """
      Trains the model twice: on the unchanged graphs, and on graphs with random extra edges of a \
      separate type in all splits. Compares which edge types carry massive activations. Writes \
      results.json and report.html to the folder `ablate` in the output folder. With --resume, uses \
      the checkpoints of a study in that output folder.

      EXAMPLES
        outcrop ablate --dataset ZINC --data-dir ../data --epochs 40
        outcrop ablate --fraction 0.5 --seeds 41,42,43 --output zinc-study --resume
      """)

  @OptionGroup var options: StudyOptions

  @Option(
    help: ArgumentHelp(
      "The number of extra edges, as a fraction of each graph's edges.", valueName: "x"))
  var fraction = 0.25

  @Option(
    name: .customLong("edge-seed"),
    help: ArgumentHelp("The seed of the extra edges.", valueName: "n"))
  var edgeSeed: UInt64 = 41

  @Flag(help: "Also train with the Explicit Bias Term.")
  var ebt = false

  func validate() throws {
    if !(fraction > 0 && fraction <= 100) {
      throw ValidationError("--fraction: found \(fraction), expected more than 0, at most 100")
    }
  }

  func run() throws {
    let dataset = try options.graphs("ablate")
    let configuration = try options.configuration(for: dataset)
    var ablation = Ablation(
      try options.study(try configuration.model(for: dataset), configuration))
    (ablation.fraction, ablation.edgeSeed, ablation.includesExplicitBias) = (
      fraction, edgeSeed, ebt
    )
    try ablation.check()
    try options.begin(dataset, in: options.output + "/ablate")
    let results = try ablation.run(
      on: dataset, modelFor: { try configuration.model(for: $0) },
      observer: ConsoleStudyObserver())
    try options.finish(results, in: options.output + "/ablate")
  }
}

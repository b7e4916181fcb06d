import ArgumentParser
import Outcrop

struct AblateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ablate",
    abstract: "Train on graphs with changed edges and report which edges have massive activations.",
    discussion: """
      Trains the model on the original graphs and on changed ones, in which edges carry less information. \
      --kind relabel draws the type of every directed edge at random from the types that occur, as the \
      program released with the paper does; --kind extra adds random edges of a separate type. Both can be \
      given. All splits are changed. The report compares which edge types have massive activations. Writes \
      results.json and report.html to the folder `ablate` in the output folder. With --resume, uses the \
      checkpoints of a study in that output folder.

      EXAMPLES
        outcrop ablate --dataset ZINC --data-dir ../data --epochs 40
        outcrop ablate --kind relabel,extra --dataset ZINC --data-dir ../data
        outcrop ablate --fraction 0.5 --seeds 41,42,43 --output zinc-study --resume
      """)

  @OptionGroup var options: ExperimentOptions
  @OptionGroup var analysis: AnalysisOptions

  @Option(
    name: .customLong("kind"),
    help: ArgumentHelp(
      "The changes, separated by commas: relabel or extra.", valueName: "list"))
  var kindList = "extra"

  @Option(
    help: ArgumentHelp(
      "The number of extra edges, as a fraction of each graph's edges.", valueName: "x"))
  var fraction: DecimalNumber = 0.25

  @Option(
    name: .customLong("edge-seed"),
    help: ArgumentHelp("The seed of extra edges and new types.", valueName: "n"))
  var edgeSeed: UInt64 = 41

  @Flag(help: "Also train with the Explicit Bias Term.")
  var ebt = false

  func validate() throws {
    _ = try kinds
    if !(fraction.value > 0 && fraction.value <= 100) {
      throw ValidationError(
        "--fraction: found \(fraction.value), expected more than 0, at most 100")
    }
  }

  private var kinds: [Ablation.Kind] {
    get throws {
      let names = kindList.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      let kinds = names.compactMap { Ablation.Kind(rawValue: $0) }
      if kinds.isEmpty || kinds.count != names.count || Set(kinds).count != kinds.count {
        throw ValidationError(
          "--kind: found “\(kindList)”, expected relabel, extra, or both separated by a comma")
      }
      return kinds
    }
  }

  func run() throws {
    let dataset = try options.graphs("ablate")
    let configuration = try options.configuration(for: dataset)
    let network = try options.model.model(configuration, for: dataset, changesBias: true)
    var ablation = Ablation(try options.study(network, configuration))
    try analysis.apply(to: &ablation.study, of: network)
    (ablation.fraction, ablation.edgeSeed, ablation.includesExplicitBias) = (
      fraction.value, edgeSeed, ebt
    )
    ablation.kinds = try kinds
    try ablation.check()
    try options.begin(dataset, in: options.output + "/ablate")
    let results = try ablation.run(
      on: dataset, modelFor: { try configuration.model(for: $0) },
      observer: ConsoleStudyObserver())
    try options.finish(results, in: options.output + "/ablate")
  }
}

import ArgumentParser
import Outcrop

struct AttackCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attack",
    abstract: "Measure the effect of noise on embeddings, with and without the Explicit Bias Term.",
    discussion: """
      Adds Gaussian noise to the embedded nodes and edges of trained models: random noise, and noise \
      optimized by gradient ascent on the loss of the frozen model. The gain is the loss with optimized \
      noise, divided by the loss with random noise, minus 1. Writes results.json and report.html to the \
      folder `attack` in the output folder. With --resume, uses the checkpoints of a study in that output \
      folder.

      EXAMPLES
        outcrop attack --dataset ZINC --data-dir ../data --epochs 40
        outcrop attack --dataset ZINC --seeds 41,42,43 --output zinc-study --resume
      """)

  @OptionGroup var options: ExperimentOptions

  @Option(
    help: ArgumentHelp(
      "Standard deviations of the noise. May be repeated. [default: 0.01, 0.0316, 0.1]",
      valueName: "x"))
  var deviation: [DecimalNumber] = []

  @Option(help: ArgumentHelp("The number of draws of random noise.", valueName: "n"))
  var draws = 3

  @Option(help: ArgumentHelp("The number of steps of gradient ascent.", valueName: "n"))
  var steps = 10

  @Option(
    help: ArgumentHelp(
      "Also attack a model with an Explicit Bias Term whose strength changes: learned, schedule or driven. May be repeated.",
      valueName: "kind"))
  var adaptive: [ExplicitBiasStrength.Kind] = []

  func validate() throws {
    for (option, value) in [("--draws", draws), ("--steps", steps)]
    where !(1...1_000_000 ~= value) {
      throw ValidationError("\(option): found \(value), expected 1 ... 1000000")
    }
    let deviations = deviation.map(\.value)
    if let bad = deviations.first(where: { !Attack.isDeviation($0) }) {
      throw ValidationError("--deviation: found \(bad), expected a number above 0 and below 1e6")
    }
    if Set(deviations).count != deviations.count {
      throw ValidationError("--deviation: found \(deviations), expected each number once")
    }
    if Set(adaptive).count != adaptive.count {
      throw ValidationError(
        "--adaptive: found \(adaptive.map(\.rawValue).joined(separator: ", ")), expected each kind once"
      )
    }
  }

  func run() throws {
    let dataset = try options.graphs("attack")
    let configuration = try options.configuration(for: dataset)
    let network = try options.model.model(configuration, for: dataset, changesBias: true)
    var experiment = AttackStudy(try options.study(network, configuration))
    experiment.study.arms += try adaptive.map { .adaptive(try configuration.explicitBias($0)) }
    if !deviation.isEmpty { experiment.attack.deviations = deviation.map(\.value) }
    (experiment.attack.draws, experiment.attack.steps) = (draws, steps)
    let prepared = try dataset.prepared(for: network)
    try experiment.check(on: prepared)
    try options.begin(dataset, in: options.output + "/attack")
    let results = try experiment.run(on: prepared, observer: ConsoleStudyObserver())
    try options.finish(results, in: options.output + "/attack")
  }
}

import ArgumentParser
import Foundation
import Outcrop

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a model and keep a checkpoint.",
    discussion: """
      Writes a checkpoint (safetensors, with model, optimizer, schedule, random state and \
      configuration) after every epoch; --resume goes on from it bit for bit.

      EXAMPLES
        outcrop train --dataset ../data/ZINC --epochs 100 --checkpoint gt.safetensors
        outcrop train --dataset ../data/ZINC --checkpoint gt.safetensors --resume
        outcrop train --ebt --set dropout=0.1
      """)

  @OptionGroup var data: DatasetOptions
  @OptionGroup var model: ModelOptions

  @Flag(help: "Use the Explicit Bias Term, and the linear biases that go with it.")
  var ebt = false

  @Option(help: ArgumentHelp("Where the checkpoint goes.", valueName: "file"))
  var checkpoint = "outcrop.safetensors"

  @Flag(help: "Go on from the checkpoint.")
  var resume = false

  @Flag(help: "Replace a checkpoint that is there.")
  var overwrite = false

  func validate() throws {
    if resume && overwrite { throw ValidationError("--resume and --overwrite exclude each other") }
  }

  func run() throws {
    if !resume, !overwrite, FileManager.default.fileExists(atPath: checkpoint) {
      throw CommandError(
        "\(checkpoint) exists", hint: "give --resume to go on from it, or --overwrite to start anew"
      )
    }
    let configuration = try model.load(defaults: ["epochs": 20])
    let dataset = try data.load(fanOuts: configuration.training().fanOuts)
    try run(configuration, on: dataset)
  }

  private func run(
    _ configuration: ExperimentConfiguration, on dataset: some ExampleDataset
  ) throws {
    let network = try configuration.model(for: dataset)
    try train(network, configuration.training(), dataset)
  }

  private func train<Architecture: ModelArchitecture>(
    _ network: Architecture, _ training: TrainingConfiguration, _ dataset: some ExampleDataset
  ) throws {
    let network = ebt ? network.withExplicitBias(true) : network
    let prepared = try dataset.prepared(for: network)
    let trainer = Trainer(
      GraphNetwork<Float, Architecture>(network, seed: training.seed), training,
      task: dataset.task)
    trainer.checkpointPath = checkpoint
    if resume { try trainer.resume(from: checkpoint) }
    Console.note(
      "\(trainer.model.name) with \(trainer.model.parameterCount) parameters on \(dataset.name)"
        + (dataset.isSynthetic ? " (synthetic)" : ""))
    let reason = try trainer.run(
      train: prepared.examples(.train), validation: prepared.examples(.validation),
      progress: ConsoleProgress(title: ebt ? "with EBT" : "training"))
    if let last = trainer.history.last {
      print(
        "\(reason.rawValue): \(last.epoch) epochs, train loss \(last.trainLoss), validation loss "
          + "\(last.validationLoss.map { "\($0)" } ?? "–")")
      print("checkpoint  \(checkpoint)")
    } else {
      print("nothing to do: 0 epochs")
    }
  }
}

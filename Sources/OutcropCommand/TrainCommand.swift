import ArgumentParser
import Foundation
import Outcrop

struct TrainCommand: RankedCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a model and write a checkpoint.",
    discussion: """
      Writes a checkpoint (safetensors, with model, optimizer, schedule, random state, configuration \
      and the data's checksum) after every epoch. Training with --resume continues from it with the \
      same bits. Under mpirun or srun, with --shards, the processes share every batch; results do \
      not depend on their number.

      EXAMPLES
        outcrop train --dataset ../data/ZINC --epochs 100 --checkpoint gt.safetensors
        outcrop train --dataset ../data/ZINC --checkpoint gt.safetensors --resume
        outcrop train --ebt --set dropout=0.1
        mpirun -n 4 outcrop train --dataset ../data/ZINC --shards 8
      """)

  @OptionGroup var data: DatasetOptions
  @OptionGroup var model: ModelOptions

  @Flag(help: "Use the Explicit Bias Term and its linear biases.")
  var ebt = false

  @Option(help: ArgumentHelp("The checkpoint to write.", valueName: "file"))
  var checkpoint = "outcrop.safetensors"

  @Option(
    help: ArgumentHelp(
      "Also evaluate the test split after training, and append the results of the run to this file as "
        + "a line of JSON.", valueName: "file"))
  var summary: String?

  @Flag(help: "Resume from the checkpoint.")
  var resume = false

  @Flag(help: "Replace an existing checkpoint.")
  var overwrite = false

  @OptionGroup var otherData: OtherDataOption

  func validate() throws {
    if resume && overwrite { throw ValidationError("--resume and --overwrite: expected only one") }
    if ebt, let assignment = model.assignments.first(where: { $0.hasPrefix("explicit_bias=") }) {
      throw ValidationError("--ebt and --set \(assignment): expected only one")
    }
    try otherData.check(resume)
  }

  func run() throws {
    try checkCheckpoint()
    let configuration = try model.load()
    let dataset = try data.load(for: configuration.training())
    try run(model.with(defaults: ["epochs": dataset.usualEpochs], configuration), on: dataset)
  }

  /// Throws if the checkpoint would replace a file that must be kept.
  private func checkCheckpoint() throws {
    if resume || !FileManager.default.fileExists(atPath: checkpoint) { return }
    if !overwrite {
      throw InputError(
        file: checkpoint, found: "a file that already exists", expected: "a new file",
        hint: "give --resume to continue from it, or --overwrite to replace it")
    }
    let format = (try? SafetensorsFile(path: checkpoint))?.metadata["format"]
    if format?.hasPrefix("outcrop checkpoint") != true {
      throw InputError(
        file: checkpoint, found: "a file that is not a checkpoint of this program",
        expected: "a checkpoint or a new file, since --overwrite replaces only checkpoints")
    }
  }

  /// Checks that the files can be written, and sets the sentence for the user after an interruption.
  private func tryFiles() throws {
    if Ranks.isRoot { try Outputs.check(checkpoint) }
    if let summary {
      try Outputs.checkDifferent([("--checkpoint", checkpoint), ("--summary", summary)])
      if Ranks.isRoot {
        try Outputs.checkAppending(to: summary)
        try TrainingSummary.checkLines(of: summary)
      }
    }
    let path = checkpoint
    Interruption.setHint {
      FileManager.default.fileExists(atPath: path)
        ? "\(path) holds the last finished epoch; --resume continues from it"
        : "no epoch was finished, and no checkpoint was written"
    }
  }

  private func run(
    _ configuration: ExperimentConfiguration, on dataset: some ExampleDataset
  ) throws {
    let network = try model.model(configuration, for: dataset, changesBias: ebt)
    try train(network, configuration.training(), dataset)
  }

  private func train<Architecture: ModelArchitecture>(
    _ network: Architecture, _ training: TrainingConfiguration, _ dataset: some ExampleDataset
  ) throws {
    if ebt, !Architecture.supportsExplicitBias {
      throw InputError(
        .unsupported, file: "--ebt", found: "the model \(Architecture.name)",
        expected: "a model that has the Explicit Bias Term", hint: "leave --ebt out")
    }
    let network = ebt ? network.withExplicitBias(true) : network
    let prepared = try dataset.prepared(for: network)
    try tryFiles()
    let trainer = Trainer(
      GraphNetwork<Float, Architecture>(network, seed: training.seed), configuration: training,
      task: dataset.task)
    trainer.communicator = Ranks.communicator
    trainer.checkpointPath = checkpoint
    trainer.dataChecksum = dataset.checksum
    if resume {
      try trainer.resume(from: checkpoint, allowingOtherData: otherData.isAllowed)
    }
    data.describe(dataset)
    Console.note(
      "\(trainer.model.name) with \(trainer.model.parameterCount) parameters on \(dataset.name)"
        + (dataset.isSynthetic ? " (synthetic)" : ""))
    let reason = try trainer.run(
      train: prepared.examples(.train), validation: prepared.examples(.validation),
      progress: Ranks.isRoot ? ConsoleProgress(title: ebt ? "with EBT" : "training") : nil)
    if let last = trainer.history.last {
      print(
        "\(reason.rawValue): \(last.epoch) epochs, train loss \(last.trainLoss), validation loss "
          + "\(last.validationLoss.map { "\($0)" } ?? "–")")
      print("checkpoint  \(checkpoint)")
      if let summary {
        let test = try Evaluation(
          of: trainer.model, on: prepared.examples(.test), task: dataset.task,
          batchSize: training.batchSize, communicator: Ranks.communicator)
        if Ranks.isRoot { try append(TrainingSummary(trainer, dataset, test: test), to: summary) }
        let value = test.metric.value
        print("test \(test.metric.name)  \(value.isNaN ? "undefined" : "\(value)")")
      }
    } else {
      print(training.epochs == 0 ? "nothing to do: 0 epochs" : "nothing to do: \(reason.rawValue)")
    }
  }

  private func append(_ line: TrainingSummary, to file: String) throws {
    try SystemFiles.append(line: JSON.encode(line), to: file)
  }
}

/// The settings and results of one training run.
private struct TrainingSummary: Encodable {
  let command, model, dataset, checksum, metric: String
  let isSynthetic, explicitBias: Bool
  let parameters, epochs, batchSize, threads: Int
  let secondsPerEpoch, trainLoss, test: Double
  /// The time of 100 optimizer steps, without evaluation.
  let secondsPer100Steps: Double?
  let validation, bestValidation, peakMemoryMB: Double?
  let processor: String

  /// Throws if a file that exists has other lines than summaries: one more line would damage it.
  static func checkLines(of path: String) throws {
    guard let file = FileHandle(forReadingAtPath: path) else { return }
    defer { try? file.close() }
    let start = (try? file.read(upToCount: 1 << 20)) ?? Data()
    if start.isEmpty { return }
    let line = start.prefix { $0 != UInt8(ascii: "\n") }
    let fields = try? JSON.decode([String: JSONValue].self, from: Data(line), file: path)
    if fields?["command"] == nil || fields?["secondsPerEpoch"] == nil {
      throw InputError(
        file: path, line: 1, found: "a line that is not the summary of a training",
        expected: "a file of summaries or a new file, to which a line can be appended")
    }
  }

  init<Architecture: ModelArchitecture>(
    _ trainer: Trainer<GraphNetwork<Float, Architecture>>, _ dataset: some ExampleDataset,
    test: Evaluation
  ) {
    let history = trainer.history
    let values = history.compactMap(\.validationMetric)
    command = CommandLine.arguments.dropFirst().joined(separator: " ")
    model = trainer.model.name
    self.dataset = dataset.name
    checksum = dataset.checksum
    metric = test.metric.name
    isSynthetic = dataset.isSynthetic
    explicitBias = trainer.model.configuration.shared.hasExplicitBias
    parameters = trainer.model.parameterCount
    epochs = history.count
    batchSize = trainer.configuration.batchSize
    secondsPerEpoch = history.map(\.seconds).sorted().sortedQuantile(0.5)!
    let paces = history.compactMap { epoch in
      epoch.steps.flatMap { steps in epoch.stepSeconds.map { $0 / Double(steps) * 100 } }
    }.sorted()
    secondsPer100Steps = paces.sortedQuantile(0.5)
    trainLoss = history.last!.trainLoss
    self.test = test.metric.value
    validation = values.last
    bestValidation = dataset.task == .regression ? values.min() : values.max()
    peakMemoryMB = ProcessMemory.peakBytes.map { Double($0) / 0x1p20 }
    processor = StudyResults.Machine.current.cpu
    threads = StudyResults.Machine.current.threads ?? 1
  }
}

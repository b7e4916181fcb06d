import ArgumentParser
import Foundation
import Outcrop

struct AnalyzeCommand: RankedCommand {
  static let configuration = CommandConfiguration(
    commandName: "analyze",
    abstract: "Find massive activations in files from any framework.",
    discussion: """
      Each file is one run of the report. An npy file is one layer, a matrix [rows, width]. In \
      safetensors and npz files every matrix of floating-point numbers is a layer (arrays of more axes \
      are taken as [first axis, others]; what is left out is named); integers under \
      NAME/batch_offsets and NAME/edge_types (or NAME_batch_offsets, NAME_edge_types) say which \
      rows are a batch (batch b is rows offsets[b] up to offsets[b + 1]) and what type each row's \
      edge has. Bytes of UTF-8 under NAME/labels, with a line feed between two names, and integers \
      under NAME/positions say what the rows are, such as tokens of a text and their places; the \
      results then name the rows of the largest activations. With --base, the layers of all other \
      files are compared with those of the same name in the base file. Massive activations are \
      counted by the row median and by the batch median; --median picks one. Files can be of any \
      size: memory is that of a block of rows. \
      Under mpirun or srun the processes share the matrices; results do not depend on their number. \
      Writes results.json and report.html.

      EXAMPLES
        outcrop analyze activations.safetensors
        outcrop analyze --base untrained.safetensors --trained trained.safetensors
        outcrop analyze layer0.npy --edge-types types.npy --threshold 100
        outcrop analyze case.npz --prefix act/e/ --json
      """)

  @Argument(help: ArgumentHelp("Activations in safetensors, npy or npz.", valueName: "file"))
  var files: [String] = []

  @Option(
    help: ArgumentHelp(
      "Activations of the untrained model, the baseline. May be repeated: eight or more untrained models (seeds) also give thresholds and p-values with an error rate of 5% in all layers together.",
      valueName: "file"))
  var base: [String] = []

  @Option(help: ArgumentHelp("Activations of the trained model.", valueName: "file"))
  var trained: String?

  @Option(
    help: ArgumentHelp(
      "The edge type of each row of every matrix, one vector of integers.", valueName: "file"))
  var edgeTypes: String?

  @Option(
    help: ArgumentHelp(
      "The first row of each batch of every matrix, and at the end the number of rows: one vector of integers.",
      valueName: "file"))
  var batchOffsets: String?

  @OptionGroup var detection: DetectionArguments

  @Option(
    help: ArgumentHelp("Use only tensors whose names start with this text.", valueName: "text"))
  var prefix = ""

  @Option(help: ArgumentHelp("The folder for results.json and report.html.", valueName: "dir"))
  var output = "outcrop-analysis"

  @Flag(help: "Print results.json instead of tables.")
  var json = false

  @OptionGroup var result: ResultArguments

  func validate() throws {
    if files.isEmpty && base.isEmpty && trained == nil {
      throw ValidationError("Missing expected argument '<file> ...': no file to analyze")
    }
  }

  func run() throws {
    var analysis = ActivationFiles()
    analysis.detection = detection.options
    analysis.prefix = prefix
    analysis.communicator = Ranks.communicator
    analysis.commandLine = ["outcrop"] + CommandLine.arguments.dropFirst()
    analysis.edgeTypesFile = edgeTypes
    analysis.batchOffsetsFile = batchOffsets
    let inputs =
      base.map { ActivationFiles.Input($0, .base) }
      + [trained.map { ActivationFiles.Input($0, .trained) }].compactMap { $0 }
      + files.map { ActivationFiles.Input($0) }
    for input in inputs {
      let file = try ArrayFile(path: input.path)
      if !prefix.isEmpty, file.format == .npy {
        throw ValidationError(
          "--prefix: found \(input.path), an npy file of one array without a name")
      }
    }
    if Ranks.isRoot { try Report.check(output) }
    let results = try analysis.analyze(inputs) { Console.note($0) }
    if !Ranks.isRoot { return }
    let written = try Report.write(results, to: output)
    if json {
      print(String(decoding: try results.json(), as: UTF8.self))
    } else {
      result.show(results, written)
    }
  }
}

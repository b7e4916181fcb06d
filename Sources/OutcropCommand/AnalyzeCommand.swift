import ArgumentParser
import Foundation
import Outcrop

struct AnalyzeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "analyze",
    abstract: "Find massive activations in files from any framework.",
    discussion: """
      Each file is one run of the report. An npy file is one layer, a matrix [rows, width]. In a \
      safetensors file every matrix of floating-point numbers is a layer; integers under \
      NAME/batch_offsets and NAME/edge_types say which rows are a batch and what type each row's \
      edge has. Writes results.json and report.html.

      EXAMPLES
        outcrop analyze activations.safetensors
        outcrop analyze layer0.npy layer1.npy --threshold 100 --output my-analysis
        outcrop analyze case.safetensors --prefix act/e/ --json
      """)

  @Argument(help: ArgumentHelp("Activations in safetensors or npy.", valueName: "file"))
  var files: [String]

  @OptionGroup var detection: DetectionArguments

  @Option(help: ArgumentHelp("Take only tensors whose names start with this.", valueName: "text"))
  var prefix = ""

  @Option(help: ArgumentHelp("The folder for results.json and report.html.", valueName: "dir"))
  var output = "outcrop-analysis"

  @Flag(help: "Print results.json instead of tables.")
  var json = false

  func run() throws {
    var analysis = ActivationFiles()
    analysis.detection = detection.options
    analysis.prefix = prefix
    analysis.commandLine = ["outcrop"] + CommandLine.arguments.dropFirst()
    let results = try analysis.analyse(files) { Console.note($0) }
    let written = try Report.write(results, to: URL(fileURLWithPath: output))
    if json {
      print(String(decoding: try results.json(), as: UTF8.self))
    } else {
      Console.show(results)
      print("results  \(written.json.path)")
      print("report   \(written.html.path)")
    }
  }
}
